#!/usr/bin/python3
"""Second phase of a converge: pinned code, downloaded once per node and copied into a release."""

from __future__ import annotations

import os

from ansible.module_utils.pressluft import artifacts, releases
from ansible.module_utils.pressluft.arguments import environment_module, workers
from ansible.module_utils.pressluft.steps import Progress, StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module(dropins={"type": "dict", "required": True})
    dropins = module.params["dropins"]
    trees = fetch_all(environments, progress, module.check_mode)

    def compose(environment, own):
        with own.step("artifacts") as step:
            for key in tree_keys(environment):
                outcome = trees[key]
                if outcome.error is not None:
                    raise StepError(outcome.error["code"], outcome.error["message"])
                step["changed"] |= outcome.changed
                if outcome.changed:
                    step["message"] = (step["message"] + " " + os.path.basename(key)).strip()[:1000]
        with own.step("release") as step:
            release = releases.release_id(environment, dropins)
            # Built beside the live release; the configuration phase switches to it once everything else has been checked.
            own.notes["release"] = release
            damaged = releases.damage(environment["name"], release)
            if damaged or releases.live_release(environment["name"]) != release:
                step["changed"] = True
                step["message"] = f"{release}: replaced, because these differ: {', '.join(damaged)}"[:1000] if damaged else release
            if module.check_mode:
                return
            if damaged != []:
                releases.build(environment, dropins, release)
            releases.record_intact(environment["name"], release)

    run_each(environments, progress, compose, workers())
    if not module.check_mode:
        artifacts.prune({os.path.basename(key) for key in trees})
    finish(module, progress, files)


def fetch_all(environments, progress, check):
    """Fetches each distinct artifact once, even if many environments pin it."""
    wanted = {}
    for environment in environments:
        try:
            for kind, slug, artifact, _ in releases.wanted_trees(environment):
                wanted[artifacts.tree_path(kind, slug, artifact)] = (kind, slug, artifact)
        except StepError as error:
            progress[environment["name"]].fail(error.code, error.message)
    outcomes = {key: Progress(key) for key in wanted}

    def fetch(job, own):
        with own.step("artifact") as step:
            kind, slug, artifact = job["artifact"]
            step["changed"] = not artifacts.is_intact(job["name"]) if check else artifacts.ensure_tree(kind, slug, artifact)

    run_each([{"name": key, "artifact": artifact} for key, artifact in wanted.items()], outcomes, fetch, workers())
    return outcomes


def tree_keys(environment):
    return [artifacts.tree_path(kind, slug, artifact) for kind, slug, artifact, _ in releases.wanted_trees(environment)]


if __name__ == "__main__":
    main()
