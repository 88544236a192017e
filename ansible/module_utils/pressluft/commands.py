"""Child processes: no shell, own environment, a timeout, bounded output."""

from __future__ import annotations

import subprocess

from ansible.module_utils.pressluft.steps import StepError

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}

# Descriptors of locks that child processes hold on to as well.
HELD = []


def run(argv, timeout=60, stdin=None, user=None, cwd="/", environment=None):
    """Returns (exit code, stdout, stderr); a missing program or a timeout is a StepError."""
    identity = {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
            env={**ENVIRONMENT, **(environment or {})},
            cwd=cwd,
            text=True,
            errors="replace",
            check=False,
            pass_fds=HELD,
            **identity,
        )
    except FileNotFoundError as error:
        raise StepError("program_missing", f"{argv[0]} is not installed on this node") from error
    except subprocess.TimeoutExpired as error:
        raise StepError("timeout", f"{argv[0]} did not finish within {timeout} s") from error
    return done.returncode, done.stdout, done.stderr


def run_ok(argv, code, **options):
    """Standard output of a command that must succeed; otherwise a StepError with `code` and the tool's message."""
    status, stdout, stderr = run(argv, **options)
    if status != 0:
        raise StepError(code, (stderr or stdout).strip()[-2000:] or f"{argv[0]} ended with status {status}")
    return stdout
