#!/usr/bin/python3
"""Secrets of the node itself, created once: the cache's administrator and the token by which nginx recognises the probe."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import secrets

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout, redis_acl
from ansible.module_utils.pressluft.files import Files, read_json, read_text

ACL_FILE = "/etc/redis/users.acl"


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    files = Files(module.check_mode)
    known = read_json(redis_acl.NODE_SECRETS) or {}
    wanted = {"redis_password": secrets.token_urlsafe(30), "probe_token": secrets.token_hex(24), **known}
    if files.check and not os.path.isdir(layout.STATE + "/secrets"):
        module.exit_json(changed=True, invocation={})
    made = files.write(redis_acl.NODE_SECRETS, json.dumps(wanted, indent=1) + "\n", 0o600, secret=True)
    made |= files.write(f"{layout.NGINX}/probe-token.map", f'"{wanted["probe_token"]}" 1;\n', 0o600, secret=True)
    acl_changed = acl(files, wanted["redis_password"])
    module.exit_json(changed=made or acl_changed, invocation={})


def acl(files, password):
    """Redis rewrites the list when environments are added and removed: only its two fixed users are set here."""
    administrator = f"user {redis_acl.ADMINISTRATOR} on #{hashlib.sha256(password.encode()).hexdigest()} ~* &* +@all"
    current = read_text(ACL_FILE) or ""
    digest = administrator.split("#")[1].split()[0]
    lines = current.splitlines()
    has_administrator = any(re.match(rf"user {redis_acl.ADMINISTRATOR} on .*#{digest} ", line) for line in lines)
    default_off = any(re.match(r"user default off", line) for line in lines)
    if has_administrator and default_off:
        return False
    kept = [line for line in lines if line.strip() and not re.match(rf"user (default|{redis_acl.ADMINISTRATOR}) ", line)]
    owner = pwd.getpwnam("redis")
    content = "\n".join(["user default off resetpass ~* &* -@all", administrator, *kept]) + "\n"
    return files.write(ACL_FILE, content, 0o640, owner.pw_uid, owner.pw_gid, secret=True)


if __name__ == "__main__":
    main()
