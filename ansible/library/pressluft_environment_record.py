#!/usr/bin/python3
"""Last phase of a converge: requests the front page of each environment and records it as applied only if the site works.

A change that broke what worked is undone at once, and the record stays that of the state before.
"""

from __future__ import annotations

import os

from ansible.module_utils.pressluft import accounts, error_log, layout, records, releases, switch_back, verification
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.steps import StepError, finish, notes_of, run_each


def main():
    module, environments, progress, files = environment_module(script={"type": "str", "required": True})

    def verify(environment, own):
        name = environment["name"]
        if module.check_mode and not os.path.isdir(layout.document_root(name)):
            return
        if not module.check_mode:
            check(environment, own, switch_back.Change(notes_of(name, module.params["previous"]), module.params["script"]))
        if environment["state"] == "stopped":
            # Code of the site ran again during the configuration and may have left processes behind.
            with own.step("processes") as step:
                step["changed"] = accounts.end_processes(environment, module.check_mode)
        with own.step("record") as step:
            # Before the record, so that a recorded environment always has a release to return to.
            release = releases.live_release(name)
            if release is not None:
                files.link(releases.verified_link(name), f"releases/{release}")
            step["changed"] = records.write(environment, files)

    run_each(environments, progress, verify, workers=(os.cpu_count() or 1) + 1)
    earlier = set()
    for result in module.params["previous"]:
        for name, outcome in ((result or {}).get("pressluft") or {}).get("environments", {}).items():
            if outcome.get("changed"):
                earlier.add(name)
    finish_with_overall(module, progress, files, earlier)


def check(environment, own, change):
    with own.step("verify") as step:
        try:
            step["message"] = verification.verify(environment, change.before)
            return
        except StepError as error:
            problem = StepError(error.code, error.message + missing_theme(environment, change.options))
            step.update(failed=True, message=f"{problem.code}: {problem.message}"[:1000])
    if environment["state"] == "running":
        switch_back.undo(environment, own, problem, change)
    raise problem


def missing_theme(environment, options):
    """Why a front page may be empty: WordPress renders nothing if the directory of its theme is gone."""
    themes = f"{layout.document_root(environment['name'])}/wp-content/themes"
    for key in ("stylesheet", "template"):
        slug = (options or {}).get(key)
        if slug and not os.path.isdir(f"{themes}/{os.path.basename(slug)}"):
            return f"; its active theme {error_log.plain(environment['name'], slug)} is not among its themes"
    return ""


def finish_with_overall(module, progress, files, earlier):
    """The final results say whether the environment changed in any phase."""
    for name, own in progress.items():
        if own.error is None:
            own.notes["changedOverall"] = own.changed or name in earlier
    finish(module, progress, files, final=True)


if __name__ == "__main__":
    main()
