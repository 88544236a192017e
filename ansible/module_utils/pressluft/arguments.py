"""The arguments that all environment modules share."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft.steps import Progress, StepError, surviving


def environment_module(**extra):
    """Returns (module, environments to work on, progress by name, files)."""
    module = AnsibleModule(
        argument_spec={
            "environments": {"type": "list", "elements": "dict", "required": True},
            "previous": {"type": "list", "elements": "dict", "default": []},
            **extra,
        },
        supports_check_mode=True,
    )
    environments = surviving(module.params["environments"], module.params["previous"])
    progress = {}
    legal = []
    for environment in environments:
        name = str(environment.get("name"))
        duplicate = name in progress
        progress[name] = Progress(name)
        try:
            layout.check_identity(environment)
            if duplicate:
                raise StepError("invalid_value", f"{name} is listed twice")
        except StepError as error:
            progress[name].fail(error.code, error.message)
            legal = [other for other in legal if other["name"] != name]
            continue
        legal.append(environment)
    return module, legal, progress, Files(module.check_mode)


def workers():
    """Threads for work that waits on disk and network more than on the processor."""
    return max(2, min(8, 2 * (os.cpu_count() or 1)))
