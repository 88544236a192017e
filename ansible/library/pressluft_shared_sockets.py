#!/usr/bin/python3
"""Closes one of the sockets that all sites of a node once used, when every site has its own."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import shared_sockets
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft.steps import StepError


def main():
    module = AnsibleModule(argument_spec={"service": {"choices": ["database", "cache"], "required": True}}, supports_check_mode=True)
    files = Files(module.check_mode)
    try:
        if module.params["service"] == "database":
            changed = shared_sockets.close_database(files)
        else:
            changed = shared_sockets.retire_cache(files.check)
    except StepError as error:
        module.fail_json(msg=error.message, invocation={})
    module.exit_json(changed=changed, invocation={}, **({"diff": files.diffs} if module._diff else {}))


if __name__ == "__main__":
    main()
