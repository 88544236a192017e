#!/usr/bin/python3
"""Secret of the node itself, created once: the token by which nginx recognises the probe."""

from __future__ import annotations

import json
import os
import secrets

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import Files, read_json


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    files = Files(module.check_mode)
    known = read_json(layout.NODE_SECRETS) or {}
    token = known.get("probe_token") or secrets.token_hex(24)
    if files.check and not os.path.isdir(layout.STATE + "/secrets"):
        module.exit_json(changed=True, invocation={})
    changed = files.write(layout.NODE_SECRETS, json.dumps({"probe_token": token}, indent=1) + "\n", 0o600, secret=True)
    changed |= files.write(f"{layout.NGINX}/probe-token.map", f'"{token}" 1;\n', 0o600, secret=True)
    module.exit_json(changed=changed, invocation={})


if __name__ == "__main__":
    main()
