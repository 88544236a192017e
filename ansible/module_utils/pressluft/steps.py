"""Runs one phase over many environments: in parallel, each fails independently, every step is timed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


class StepError(Exception):
    """An expected failure of one environment. `code` is a stable reason code, the message is for people."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class Progress:
    """Progress of one environment in this phase."""

    def __init__(self, name):
        self.name = name
        self.steps = []
        self.error = None
        self.notes = {}

    @contextmanager
    def step(self, title):
        entry = {"step": title, "changed": False, "durationMs": 0, "message": ""}
        started = time.monotonic()
        self.steps.append(entry)
        try:
            yield entry
        finally:
            entry["durationMs"] = int((time.monotonic() - started) * 1000)

    @property
    def changed(self):
        return any(entry["changed"] for entry in self.steps)

    def fail(self, code, message):
        self.error = {"code": code, "message": message[:4000]}
        if self.steps:
            self.steps[-1].update(failed=True, message=f"{code}: {message}"[:1000])

    def result(self):
        return {
            "changed": self.changed,
            "failed": self.error is not None,
            **({"error": self.error} if self.error else {}),
            **({"notes": self.notes} if self.notes else {}),
            "steps": self.steps,
        }


def surviving(environments, previous):
    """The environments that no earlier phase has failed."""
    failed = set()
    for result in previous or []:
        for name, outcome in ((result or {}).get("pressluft") or {}).get("environments", {}).items():
            if outcome.get("failed"):
                failed.add(name)
    return [environment for environment in environments if environment.get("name") not in failed]


def notes_of(name, previous):
    """The notes of an environment in the results of earlier phases."""
    notes = {}
    for result in previous or []:
        outcome = ((result or {}).get("pressluft") or {}).get("environments", {}).get(name) or {}
        notes.update(outcome.get("notes") or {})
    return notes


def run_each(environments, progress, action, workers):
    """Calls action(environment, progress) for each environment that has not failed yet, `workers` at a time."""
    pending = [environment for environment in environments if progress[environment["name"]].error is None]

    def guarded(environment):
        own = progress[environment["name"]]
        try:
            action(environment, own)
        except StepError as error:
            own.fail(error.code, error.message)
        except Exception as error:  # noqa: BLE001 - an unexpected error of one environment must not stop the others
            own.fail("internal_error", f"{type(error).__name__}: {error}")

    if workers == 1 or len(pending) < 2:
        for environment in pending:
            guarded(environment)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        list(pool.map(guarded, pending))


def finish(module, progress, files=None, **more):
    """Ends the module. A failed environment does not fail the host: the result contains each outcome."""
    environments = {name: own.result() for name, own in progress.items()}
    result = {
        "changed": any(own.changed for own in progress.values()),
        # The arguments hold password hashes and constants; without this key Ansible adds them.
        "invocation": {},
        "pressluft": {"environments": environments, **more},
    }
    if files is not None and module._diff:
        result["diff"] = files.diffs
    module.exit_json(**result)
