"""The PHP-FPM masters of environments: their files, sockets and restarts. A restart waits for the requests in flight and fails none."""

from __future__ import annotations

import json
import os

from ansible.module_utils.pressluft import activation, layout, php_pool, php_unit
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import Files, read_text, remove_quietly
from ansible.module_utils.pressluft.steps import StepError

PROGRAM = layout.PROGRAMS + "/php-masters"
WANTED = layout.UNITS + "/sockets.target.wants"
# Longer than the program waits for requests of an earlier restart.
HANDOVER_SECONDS = 660
# nginx, and then the shared master, each wait for requests in flight.
RETIRE_SECONDS = 300


class PhpCandidate:
    """Desired files of an environment's master. `configuration` is None while it is stopped."""

    def __init__(self, environment, check):
        self.name = environment["name"]
        self.version = environment["php"]["version"]
        self.account = account(environment, check)
        self.configuration = php_pool.render(environment) if environment["state"] == "running" else None
        self.files = {**php_unit.files(environment), layout.php_config(self.name): self.configuration}

    def different(self):
        return {path: text for path, text in self.files.items() if read_text(path) != text}

    def is_applied(self):
        """Also of the socket, and of the pool that the environment had in a shared master."""
        return not self.different() and is_listening(self.name) == (self.configuration is not None) and not shared_pools(self.name)


def put(candidates, files):
    """Writes what is wanted and different; a restart is owed first. Files to be removed stay until `retire`."""
    for candidate in candidates:
        different = {path: text for path, text in candidate.different().items() if text is not None}
        if different and not files.check:
            activation.owe(activation.php(candidate.name))
        for path, text in different.items():
            if not files.check:
                os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            files.write(path, text)


def serve(names):
    """{name: reason} of the masters that do not start: opens the sockets of `names` and restarts what is owed."""
    closed = [php_unit.socket_unit(name) for name in names if not is_listening(name)]
    if closed:
        run_ok(["systemctl", "enable", "--now", "--quiet", *closed], "pool_not_started")
    return restart([name for name in names if activation.owed(activation.php(name))])


def restart(names):
    if not names:
        return {}
    status, stdout, stderr = run([PROGRAM, "handover", *names], timeout=HANDOVER_SECONDS)
    try:
        failed = json.loads(stdout)["failed"]
    except (ValueError, KeyError) as error:
        raise StepError("pool_not_started", (stderr or stdout).strip()[-1000:] or f"{PROGRAM} ended with status {status}") from error
    for name in names:
        if name not in failed:
            remove_quietly(f"{activation.PENDING}/{activation.php(name)}")
    return failed


def put_back(candidate, before):
    """The files of before, after a master has not started with the tested ones. The standby or the master of before still serves."""
    files = Files()
    if before.get(layout.php_config(candidate.name), candidate.configuration) is None:
        # It has never served: without this, systemd would try again for ever.
        stop(candidate.name, files)
    for path in candidate.files:
        text = before.get(path, read_text(path))
        if text is None:
            files.remove(path)
        else:
            files.write(path, text)
    if os.path.lexists(layout.php_config(candidate.name)):
        restart([candidate.name])


def is_listening(name):
    return os.path.lexists(f"{WANTED}/{php_unit.socket_unit(name)}") and os.path.exists(layout.fpm_socket(name))


def shared_pools(name):
    return [path for path in (layout.shared_pool_file(name, version) for version in layout.php_versions()) if os.path.lexists(path)]


def leave_shared_masters(names, files):
    """After nginx uses the masters of their own. A shared master ends with its last pool: to reload it before that would cut off requests."""
    pools = [path for name in names for path in shared_pools(name)]
    for path in pools:
        files.remove(path)
    if pools and not files.check:
        run_ok([PROGRAM, "retire"], "reload_failed", timeout=RETIRE_SECONDS)
    return bool(pools)


def stop(name, files):
    """Closes the socket and waits for the requests in flight. What is started later reads the files of then, so no restart is owed any more."""
    if not files.check:
        remove_quietly(f"{activation.PENDING}/{activation.php(name)}")
    if not is_listening(name) and not os.path.lexists(layout.php_config(name)):
        return False
    if not files.check:
        run(["systemctl", "disable", "--now", "--quiet", php_unit.socket_unit(name)])
        run(["systemctl", "stop", *(f"pressluft-php{kind}@{name}.service" for kind in ("-handover", "", "-standby"))], timeout=HANDOVER_SECONDS)
    files.remove(layout.php_config(name))
    return True


def remove(name, files):
    """All files of the units of a deleted environment, whose processes have ended."""
    changed = False
    if not files.check:
        run(["systemctl", "stop", php_unit.slice_unit(name)], timeout=HANDOVER_SECONDS)
    for directory in php_unit.drop_in_directories(name):
        changed |= files.remove_tree(directory)
    changed |= files.remove(php_unit.slice_file(name))
    for path in shared_pools(name):
        changed |= files.remove(path)
    if not files.check:
        remove_quietly(f"{activation.PENDING}/{activation.php(name)}")
    if changed and not files.check:
        run_ok(["systemctl", "daemon-reload"], "reload_failed")
    return changed
