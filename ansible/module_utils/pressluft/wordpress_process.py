"""converge.php as a process of the environment's own user: an error of the site's code ends that process only."""

from __future__ import annotations

import json
import os

from ansible.module_utils.pressluft import activation, error_log, layout, site_secrets
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.arguments import take_lock
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.steps import StepError

TIMEOUT_SECONDS = 300
# Short, since the other environments of the run wait for it; the controller tries again later.
LOCK_PATIENCE_SECONDS = 15


def lock(environment):
    """A killed run may have left a PHP process that works in the database: only this environment waits for it."""
    descriptor = take_lock(layout.lock_path(environment["name"]), LOCK_PATIENCE_SECONDS)
    if descriptor is None:
        raise StepError("environment_busy", "a process of an earlier run, or one that the site left behind, is still at work")
    return descriptor


def secret(environment, key):
    return site_secrets.load(environment["name"]).get(key, "")


class script_file:
    """A copy of the script that the environments' users can read."""

    def __init__(self, content):
        self._content = content
        self._staging = activation.staging()

    def __enter__(self):
        directory = self._staging.__enter__()
        os.chmod(activation.STAGING, 0o711)
        os.chmod(directory, 0o711)
        path = f"{directory}/converge.php"
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(self._content)
        os.chmod(path, 0o644)
        return path

    def __exit__(self, *problem):
        self._staging.__exit__(*problem)


def execute(environment, request, script, lock):
    """What the script has done, as a list of words; raises StepError."""
    top = layout.base(environment["name"])
    status, stdout, stderr = run(
        [
            f"php{layout.checked('php_version', environment['php']['version'])}",
            "-d", "memory_limit=512M",
            "-d", "display_errors=stderr",
            "-d", "log_errors=0",
            "-d", f"sys_temp_dir={top}/tmp",
            script,
        ],
        timeout=TIMEOUT_SECONDS,
        stdin=json.dumps({**request, "admin_password": secret(environment, "admin_password")}),
        user=account(environment),
        cwd=f"{top}/tmp",
        environment={"TMPDIR": f"{top}/tmp", "HOME": top},
        held=(lock,),
    )  # fmt: skip
    report = report_in(stdout)
    if report is None:
        message = error_log.fatal_in(environment["name"], stderr) or error_log.plain(environment["name"], stderr or stdout)
        raise StepError("wordpress_failed", message or f"PHP ended with status {status}")
    if report["error"]:
        raise StepError(str(report["error"].get("code")), error_log.plain(environment["name"], str(report["error"].get("message"))))
    return [str(item) for item in report["done"]]


def report_in(stdout):
    """The report of the script; the site's own code may have printed lines before and after it."""
    for line in reversed(stdout.splitlines()[-200:]):
        if not line.startswith('{"done":'):
            continue
        try:
            report = json.loads(line)
        except ValueError:
            continue
        if isinstance(report.get("done"), list) and isinstance(report.get("error"), (dict, type(None))):
            return report
    return None
