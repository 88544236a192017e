#!/usr/bin/python3
"""Fifth phase of a converge: WordPress installed, upgraded, and with the described options, plugins and theme."""

from __future__ import annotations

import os

from ansible.module_utils.pressluft import data_loss, front_page, layout, releases, switch_back, verification, wordpress, wordpress_process
from ansible.module_utils.pressluft.arguments import environment_module, workers
from ansible.module_utils.pressluft.steps import StepError, finish, notes_of, run_each

# Failures by which the site's own code refuses the change, even if its front page still works.
REFUSALS = ("plugin_activation_failed", "wordpress_failed")


def main():
    module, environments, progress, files = environment_module(script={"type": "str", "required": True})
    script_text = module.params["script"]
    found, wanted = {}, {}

    def inspect(environment, own):
        with own.step("inspect"):
            if not module.check_mode:
                wordpress_process.wait_until_free(environment)
            if module.check_mode and not os.path.isdir(layout.document_root(environment["name"])):
                found[environment["name"]] = None
                return
            wanted[environment["name"]] = wordpress.desired(environment)
            password = wordpress_process.secret(environment, "database_password")
            found[environment["name"]] = wordpress.options(environment, password)
            if found[environment["name"]] is None and data_loss.must_have_data(environment):
                raise StepError("data_missing", f"it was applied here, and WordPress is not in database {environment['database']} any more; none was installed")
            options = switch_back.options_note(found[environment["name"]])
            if options is not None:
                own.notes["options"] = options

    def converge(environment, own, script):
        name = environment["name"]
        if found[name] is None:
            with own.step("install") as step:
                step["changed"] = True
                if module.check_mode:
                    return
                request = {**wanted[name], "mode": "install"}
                step["message"] = ", ".join(wordpress_process.execute(environment, request, script))[:1000]
                if not wanted[name]["plugins"] and wanted[name]["theme"] is None:
                    return
        with own.step("configure") as step:
            different = ["installed"] if found[name] is None else wordpress.differences(found[name], wanted[name])
            if not different:
                return
            step["changed"] = True
            step["message"] = ", ".join(different)
            if not module.check_mode:
                done = configure(environment, own, script)
                step["message"] = ", ".join(done)[:1000]

    def configure(environment, own, script):
        name = environment["name"]
        notes = {**notes_of(name, module.params["previous"]), **own.notes}
        untouched = releases.verified_release(name) in (None, releases.live_release(name))
        if "before" not in notes and untouched and found[name] is not None and environment["state"] == "running":
            notes["before"] = own.notes["before"] = front_page.look(environment).note()
        try:
            return wordpress_process.execute(environment, {**wanted[name], "mode": "configure"}, script)
        except StepError as problem:
            if environment["state"] == "running" and (problem.code in REFUSALS or is_broken(environment, notes)):
                switch_back.undo(environment, own, problem, switch_back.Change(notes, script_text))
            raise

    run_each(environments, progress, inspect, workers=workers())
    # Bootstrapping WordPress is CPU-bound, creating its tables is disk-bound.
    with wordpress_process.script_file(script_text) as script:
        run_each(environments, progress, lambda environment, own: converge(environment, own, script), workers=workers())
    finish(module, progress, files)


def is_broken(environment, notes):
    try:
        verification.verify(environment, notes.get("before"))
    except StepError:
        return True
    return False


if __name__ == "__main__":
    main()
