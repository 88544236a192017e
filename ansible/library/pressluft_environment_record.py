#!/usr/bin/python3
"""Last phase of a converge: requests the front page of each environment and records it as applied only if the reply is correct."""

from __future__ import annotations

import http.client
import os
import time

from ansible.module_utils.pressluft import accounts, layout, loopback, records
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.files import read_text
from ansible.module_utils.pressluft.steps import StepError, finish, run_each

PATIENCE_SECONDS = 20


def main():
    module, environments, progress, files = environment_module()

    def verify(environment, own):
        if module.check_mode and not os.path.isdir(layout.document_root(environment["name"])):
            return
        if not module.check_mode:
            with own.step("verify") as step:
                step["message"] = check_front_page(environment)
        if environment["state"] == "stopped":
            # Code of the site ran again during the configuration and may have left processes behind.
            with own.step("processes") as step:
                step["changed"] = accounts.end_processes(environment, module.check_mode)
        with own.step("record") as step:
            step["changed"] = records.write(environment, files)

    run_each(environments, progress, verify, workers=(os.cpu_count() or 1) + 1)
    earlier = set()
    for result in module.params["previous"]:
        for name, outcome in ((result or {}).get("pressluft") or {}).get("environments", {}).items():
            if outcome.get("changed"):
                earlier.add(name)
    finish_with_overall(module, progress, files, earlier)


def check_front_page(environment):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        problem, summary = attempt(environment)
        if problem is None:
            return summary
        if time.monotonic() > deadline or not problem.startswith("again:"):
            raise StepError("verify_failed", problem.removeprefix("again:") + error_log(environment["name"]))
        time.sleep(0.3)


def attempt(environment):
    """(problem or None, summary). A temporary problem starts with `again:`."""
    try:
        status, milliseconds, headers = loopback.get(loopback.host_of(environment))
    except (OSError, http.client.HTTPException) as error:
        return f"again:no answer from nginx: {error}", ""
    if headers.get("x-pressluft-environment") != environment["name"]:
        return f"again:another host answers for {loopback.host_of(environment)} (HTTP {status})", ""
    if environment["state"] == "stopped":
        return (None, "503") if status == 503 else (f"again:stopped, yet it answers HTTP {status}", "")
    if status in (502, 504):
        return f"again:the front page answers HTTP {status}", ""
    if status >= 400:
        return f"the front page answers HTTP {status}", ""
    version = headers.get("x-pressluft-wordpress")
    if version != str(environment["wordpress"]["version"]):
        return f"again:WordPress {version} answers instead of {environment['wordpress']['version']}", ""
    return None, f"{status} in {milliseconds} ms"


def error_log(name):
    """The last line that explains it, for the message."""
    lines = (read_text(f"{layout.base(name)}/logs/error.log") or "").strip().splitlines()
    return f"; last error: {lines[-1][-600:]}" if lines else ""


def finish_with_overall(module, progress, files, earlier):
    """The final results say whether the environment changed in any phase."""
    for name, own in progress.items():
        if own.error is None:
            own.notes["changedOverall"] = own.changed or name in earlier
    finish(module, progress, files, final=True)


if __name__ == "__main__":
    main()
