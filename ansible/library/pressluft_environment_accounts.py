#!/usr/bin/python3
"""First phase of a converge: claims the name, then creates the user, the directories and the secrets."""

from __future__ import annotations

from ansible.module_utils.pressluft import accounts, ownership, site_secrets
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()

    def claim(environment, own):
        with own.step("claim") as step:
            ownership.check_claim(environment)
            accounts.check_free(environment)
            step["changed"] = site_secrets.ensure(environment, files)

    def tree(environment, own):
        with own.step("account") as step:
            if environment["name"] in created:
                step["changed"] = True
                if problem:
                    raise StepError("account_failed", problem)
        with own.step("directories") as step:
            step["changed"] = accounts.directories(environment, files)

    run_each(environments, progress, claim, workers=1)
    absent = accounts.missing([environment for environment in environments if progress[environment["name"]].error is None])
    created = {environment["name"] for environment in absent}
    problem = accounts.create(absent) if absent and not module.check_mode else ""
    run_each(environments, progress, tree, workers=1)
    finish(module, progress, files)


if __name__ == "__main__":
    main()
