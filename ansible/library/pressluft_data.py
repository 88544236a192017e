#!/usr/bin/python3
"""Adds a JSON document to the event stream as a `data` event."""

from __future__ import annotations

import json

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        argument_spec={"key": {"type": "str", "required": True, "no_log": False}, "json": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    try:
        value = json.loads(module.params["json"])
    except ValueError as error:
        module.fail_json(msg=f"not a JSON document: {error}", invocation={})
    module.exit_json(changed=False, invocation={}, pressluft={"data": {module.params["key"]: value}})


if __name__ == "__main__":
    main()
