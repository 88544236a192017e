#!/usr/bin/python3
"""Writes several files of root in one task. Their directories must exist."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft.files import Files


def main():
    module = AnsibleModule(argument_spec={"files": {"type": "dict", "required": True}}, supports_check_mode=True)
    files = Files(module.check_mode)
    changed = False
    for path, content in sorted(module.params["files"].items()):
        if module.check_mode and not os.path.isdir(os.path.dirname(path)):
            changed = True
            continue
        changed |= files.write(path, content.rstrip("\n") + "\n")
    module.exit_json(changed=changed, invocation={}, **({"diff": files.diffs} if module._diff else {}))


if __name__ == "__main__":
    main()
