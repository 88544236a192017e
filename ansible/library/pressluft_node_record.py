#!/usr/bin/python3
"""Writes /etc/pressluft/node.json. `appliedAt` changes only when the applied content changes."""

from __future__ import annotations

import datetime
import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import Files, read_json

PATH = layout.STATE + "/node.json"


def main():
    module = AnsibleModule(
        argument_spec={"node": {"type": "dict", "required": True}, "artifacts": {"type": "dict", "default": {}}}, supports_check_mode=True
    )
    node = module.params["node"]
    files = Files(module.check_mode)
    previous = read_json(PATH) or {}
    record = {
        "v": 1,
        "name": node["name"],
        "uid": node["uid"],
        "fleet": node["fleet"],
        "digest": node["digest"],
        "spec": node.get("spec") or node,
        "versions": {"wpCli": (module.params["artifacts"].get("wp_cli") or {}).get("version"), "php": layout.php_versions()},
    }
    unchanged = {key: value for key, value in previous.items() if key != "appliedAt"} == json.loads(json.dumps(record))
    record["appliedAt"] = previous["appliedAt"] if unchanged and "appliedAt" in previous else now()
    if files.check and not os.path.isdir(layout.STATE):
        module.exit_json(changed=True, invocation={})
    module.exit_json(changed=files.write(PATH, json.dumps(record, indent=1, sort_keys=True) + "\n", 0o640), invocation={})


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
