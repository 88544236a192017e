#!/usr/bin/python3
"""Writes nginx.conf once nginx has accepted it together with the live sites, tested in a sandbox.

Snippets that are live since before they were judged may say what nginx cannot do in its sandbox. They stay, unless nginx does not load with
them: then they are replaced by a comment, because a reload would fail for all sites.
"""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import activation, nginx_snippet, nginx_test
from ansible.module_utils.pressluft.files import Files, read_text
from ansible.module_utils.pressluft.steps import StepError

REPLACED = "# Removed by Pressluft: nginx could not load this with the directives that a snippet may have.\n"


def main():
    module = AnsibleModule(argument_spec={"content": {"type": "str", "required": True}}, supports_check_mode=True)
    files = Files(module.check_mode)
    content = module.params["content"].rstrip("\n") + "\n"
    changed, removed = False, []
    try:
        if not module.check_mode and Files(check=True).write(nginx_test.MAIN, content, 0o644):
            removed = replaceable(content)
        for path in removed:
            files.write(path, REPLACED, 0o600)
        changed = files.write(nginx_test.MAIN, content, 0o644) if os.path.isdir(os.path.dirname(nginx_test.MAIN)) else True
    except StepError as error:
        module.fail_json(msg=error.message, invocation={})
    module.exit_json(changed=changed, removed=removed, invocation={}, **({"diff": files.diffs} if module._diff else {}))


def replaceable(content):
    """The snippets that must go so that nginx accepts the content; a StepError when it does not help."""
    sites = {os.path.basename(path): read_text(path) or "" for path in activation.listing(nginx_test.SITES, ".conf")}
    live = {path: read_text(path) or "" for path in activation.listing(nginx_test.SNIPPETS, ".conf")}
    refused = [path for path, text in live.items() if nginx_snippet.fault(text) is not None]
    attempts = [[], refused] if refused else [[]]
    for gone in attempts:
        with activation.staging() as root:
            problem = nginx_test.fault(root, content, sites, {os.path.basename(path): REPLACED for path in gone})
        if problem is None:
            return gone
    raise StepError("file_invalid", activation.told("_node", problem))


if __name__ == "__main__":
    main()
