#!/usr/bin/python3
"""First phase of a converge: refuses an environment that lost its data, claims the name, notes how the site is before any change, then creates the user,
the directories and the secrets."""

from __future__ import annotations

from ansible.module_utils.pressluft import accounts, activation, claims, data_loss, front_page, layout, ownership, releases, site_secrets
from ansible.module_utils.pressluft.arguments import environment_module, workers
from ansible.module_utils.pressluft.files import read_json
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()
    applied = [environment for environment in environments if data_loss.must_have_data(environment)]

    def claim(environment, own):
        with own.step("claim") as step:
            ownership.check_claim(environment)
            accounts.check_free(environment)
            if environment["name"] in taken:
                raise StepError("name_taken", taken[environment["name"]])
            step["changed"] = site_secrets.ensure(environment, files)

    def note(environment, own):
        if module.check_mode or not may_change(environment):
            return
        with own.step("before"):
            own.notes["before"] = front_page.look(environment).note()

    def tree(environment, own):
        with own.step("account") as step:
            if environment["name"] in created:
                step["changed"] = True
                if problem:
                    raise StepError("account_failed", problem)
        with own.step("directories") as step:
            step["changed"] = accounts.directories(environment, files)
            if step["changed"] and not module.check_mode:
                # The sandbox of its PHP still has the directories of before.
                activation.owe(activation.php(environment["name"]))

    check_data(applied, progress)
    taken = claims.taken(environments)
    run_each(environments, progress, claim, workers=1)
    run_each(environments, progress, note, workers=workers())
    absent = accounts.missing([environment for environment in environments if progress[environment["name"]].error is None])
    created = {environment["name"] for environment in absent}
    problem = accounts.create(absent) if absent and not module.check_mode else ""
    run_each(environments, progress, tree, workers=1)
    finish(module, progress, files)


def check_data(applied, progress):
    """Before anything is created: an empty database in place of the lost one could not be told from a new one."""

    def check(environment, own):
        try:
            data_loss.check(environment, tables[environment["database"]])
        except StepError as error:
            with own.step("data"):
                own.fail(error.code, error.message)

    try:
        tables = data_loss.tables(applied)
    except StepError as error:
        for environment in applied:
            with progress[environment["name"]].step("data"):
                progress[environment["name"]].fail(error.code, error.message)
        return
    run_each(applied, progress, check, workers=workers())


def may_change(environment):
    """Whether an environment that runs gets another configuration. A release that nobody has verified says nothing about the time before."""
    record = read_json(layout.record_path(environment["name"])) or {}
    if record.get("state") != "running" or environment["state"] != "running":
        return False
    live, verified = releases.live_release(environment["name"]), releases.verified_release(environment["name"])
    return record.get("digest") != environment["digest"] and verified in (None, live)


if __name__ == "__main__":
    main()
