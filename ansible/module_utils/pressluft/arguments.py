"""Arguments shared by all environment modules."""

from __future__ import annotations

import fcntl
import os
import select
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.commands import HELD
from ansible.module_utils.pressluft.files import Files
from ansible.module_utils.pressluft.steps import Progress, StepError, surviving

LOCK = "/run/pressluft.lock"
LOCK_PATIENCE_SECONDS = 120


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
    if not module.check_mode and not lock():
        module.fail_json(msg="another run is still at work on this node", invocation={}, pressluft={"code": "node_busy"})
    if not module.check_mode and is_abandoned(1):
        module.fail_json(msg="the run was ended before this module began", invocation={}, pressluft={"code": "run_ended"})
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


def lock():
    """Takes the node's lock until this process and all of root's child processes that inherited it have ended."""
    descriptor = take_lock(LOCK)
    if descriptor is None:
        return False
    HELD.append(descriptor)
    return True


def is_abandoned(descriptor):
    """Whether nobody reads what is written there. A module of a run that was killed may get the lock long after a newer run began: it must not start then."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def take_lock(path):
    """A descriptor that holds the lock until every process that inherited it has ended; None when the lock stays taken."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(0.2)


def workers():
    """Number of threads for work that waits for disk and network more than for the CPU."""
    return max(2, min(8, 2 * (os.cpu_count() or 1)))
