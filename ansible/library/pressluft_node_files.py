#!/usr/bin/python3
"""Writes several directories and files of root in one task, since each task is a process that loads Ansible again.

A file is its content, or a mapping with `content`, `mode` (0644) and `validate`: a command that reads the new file in place of `%s` before
it replaces the old one. The parents of files and directories must exist.
"""

from __future__ import annotations

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft.steps import StepError


def main():
    module = AnsibleModule(
        argument_spec={"files": {"type": "dict", "default": {}}, "directories": {"type": "dict", "default": {}}}, supports_check_mode=True
    )
    files = Files(module.check_mode)
    changed = False
    try:
        for path, mode in sorted(module.params["directories"].items()):
            changed |= files.directory(path, int(str(mode), 8))
        for path, wanted in sorted(module.params["files"].items()):
            changed |= write(files, path, wanted if isinstance(wanted, dict) else {"content": wanted}, module.tmpdir)
    except StepError as error:
        module.fail_json(msg=error.message, invocation={})
    module.exit_json(changed=changed, invocation={}, **({"diff": files.diffs} if module._diff else {}))


def write(files, path, wanted, scratch):
    if files.check and not os.path.isdir(os.path.dirname(path)):
        return True
    content, mode = wanted["content"].rstrip("\n") + "\n", int(str(wanted.get("mode", "0644")), 8)
    validate = wanted.get("validate")
    if validate and not files.check and Files(check=True).write(path, content, mode):
        refuse_invalid(path, content, validate, scratch)
    return files.write(path, content, mode)


def refuse_invalid(path, content, validate, scratch):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=scratch) as candidate:
        candidate.write(content)
        candidate.flush()
        status, stdout, stderr = run([word.replace("%s", candidate.name) for word in validate])
    if status != 0:
        raise StepError("file_invalid", f"{path} would not be valid: {(stderr or stdout).strip()[-1000:]}")


if __name__ == "__main__":
    main()
