#!/usr/bin/python3
"""Fifth phase of a converge: WordPress installed, upgraded, and with the described options, plugins and theme."""

from __future__ import annotations

import json
import os

from ansible.module_utils.pressluft import activation, layout, site_secrets, wordpress
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.arguments import environment_module, take_lock, workers
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.steps import StepError, finish, run_each

TIMEOUT_SECONDS = 300
# Short, since the other environments of the run wait for it; the controller tries again later.
LOCK_PATIENCE_SECONDS = 15


def main():
    module, environments, progress, files = environment_module(script={"type": "str", "required": True})
    found, wanted, locks = {}, {}, {}

    def inspect(environment, own):
        with own.step("inspect"):
            if not module.check_mode:
                locks[environment["name"]] = lock(environment)
            if module.check_mode and not os.path.isdir(layout.document_root(environment["name"])):
                found[environment["name"]] = None
                return
            wanted[environment["name"]] = wordpress.desired(environment)
            found[environment["name"]] = wordpress.options(environment, secret(environment, "database_password"))

    def converge(environment, own, script):
        name = environment["name"]
        if found[name] is None:
            with own.step("install") as step:
                step["changed"] = True
                if module.check_mode:
                    return
                step["message"] = ", ".join(execute(environment, {**wanted[name], "mode": "install"}, script, locks[name]))[:1000]
                if not wanted[name]["plugins"] and wanted[name]["theme"] is None:
                    return
        with own.step("configure") as step:
            different = ["installed"] if found[name] is None else wordpress.differences(found[name], wanted[name])
            if not different:
                return
            step["changed"] = True
            step["message"] = ", ".join(different)
            if not module.check_mode:
                done = execute(environment, {**wanted[name], "mode": "configure"}, script, locks[name])
                step["message"] = ", ".join(done)[:1000]

    run_each(environments, progress, inspect, workers=workers())
    # Bootstrapping WordPress is CPU-bound, creating its tables is disk-bound.
    with script_file(module.params["script"]) as script:
        run_each(environments, progress, lambda environment, own: converge(environment, own, script), workers=workers())
    finish(module, progress, files)


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
    top = layout.base(environment["name"])
    status, stdout, stderr = run(
        [
            f"php{layout.checked('php_version', environment['php']['version'])}",
            "-d", "memory_limit=512M",
            "-d", "display_errors=stderr",
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
    try:
        report = json.loads(stdout.rstrip("\n").rsplit("\n", 1)[-1])
        done, error = [str(item) for item in report["done"]], report["error"]
    except (ValueError, KeyError, TypeError, IndexError):
        raise StepError("wordpress_failed", (stderr or stdout).strip()[-2000:] or f"PHP ended with status {status}") from None
    if error:
        raise StepError(str(error.get("code")), str(error.get("message")))
    return done


if __name__ == "__main__":
    main()
