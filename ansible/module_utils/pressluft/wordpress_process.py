"""converge.php as a service in the sandbox of the environment: an error of the site's code ends that process only, and nothing outlives it."""

from __future__ import annotations

import json
import os
import time

from ansible.module_utils.pressluft import activation, error_log, layout, site_secrets
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.steps import StepError

# Only one service of this name runs in an environment.
UNIT = "converge"
TIMEOUT_SECONDS = 300
# Short, since the other environments of the run wait for it; the controller tries again later.
PATIENCE_SECONDS = 15


def wait_until_free(environment):
    """A killed run may have left a PHP process that works in the database: only this environment waits for it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    unit = f"pressluft-{UNIT}-{layout.checked('name', environment['name'])}.service"
    while run(["systemctl", "--quiet", "is-active", unit])[0] == 0:
        if time.monotonic() > deadline:
            raise StepError("environment_busy", "a process of an earlier run is still at work")
        time.sleep(0.2)


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


def execute(environment, request, script):
    """What the script has done, as a list of words; raises StepError."""
    name = environment["name"]
    command = ["php", "-d", "memory_limit=512M", "-d", "display_errors=stderr", "-d", "log_errors=0", script]
    status, stdout, stderr = run(
        [layout.PROGRAMS + "/site-run", f"--unit={UNIT}", f"--seconds={TIMEOUT_SECONDS}", f"--read={script}", name, "--", *command],
        # systemd ends the command; without it, nobody would.
        timeout=TIMEOUT_SECONDS + 30,
        stdin=json.dumps({**request, "admin_password": secret(environment, "admin_password")}),
    )
    report = report_in(stdout)
    if report is None:
        message = error_log.fatal_in(name, stderr) or error_log.plain(name, stderr or stdout)
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
