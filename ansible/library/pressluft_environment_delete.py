#!/usr/bin/python3
"""Deletes environments, or retires them with their data. Only environments claimed by the given uid are changed.

The claim is deleted last, so that an interrupted deletion is still assigned to its resource and finished.
"""

from __future__ import annotations

import json
import os

from ansible.module_utils.pressluft import accounts, activation, artifacts, cache_server, database, database_socket, layout, own_units, ownership, php_masters
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.commands import run_ok
from ansible.module_utils.pressluft.files import read_json
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()
    claimed = []

    def claim(environment, own):
        with own.step("claim") as step:
            owner = ownership.claimed_uid(environment["name"])
            if environment.get("policy") not in ("delete", "retain"):
                raise StepError("invalid_value", "the policy is neither delete nor retain")
            if owner is None:
                step["message"] = "nothing on this node"
                return
            ownership.check_claim({**environment, "adopt": False})
            claimed.append(environment)

    run_each(environments, progress, claim, workers=1)
    stop_serving(claimed, progress, files)
    run_each(claimed, progress, lambda environment, own: retire(environment, own, files), workers=1)
    if not module.check_mode:
        artifacts.prune(set())
    finish(module, progress, files, final=True)


def stop_serving(claimed, progress, files):
    """Hosts first, then PHP, so that nginx never points at a socket that is gone. One reload of nginx for all."""
    touched = []
    for environment in claimed:
        name = environment["name"]
        with progress[name].step("stop nginx") as step:
            paths = [layout.site_file(name), layout.snippet_file(name), layout.password_file(name), layout.cron_file(name)]
            present = [path for path in paths if os.path.lexists(path)]
            if present and not files.check:
                activation.owe("nginx")
            for path in present:
                step["changed"] |= files.remove(path)
            if present:
                touched.append(environment)
    if not files.check and (touched or activation.owed("nginx")):
        try:
            activation.settle("nginx")
        except StepError as error:
            for environment in touched:
                progress[environment["name"]].fail(error.code, error.message)
    run_each(claimed, progress, lambda environment, own: stop_php(environment, own, files), workers=1)


def stop_php(environment, own, files):
    with own.step("stop php") as step:
        step["changed"] = php_masters.stop(environment["name"], files)


def retire(environment, own, files):
    with own.step("processes") as step:
        step["changed"] = accounts.end_processes(environment, files.check)
        step["changed"] |= php_masters.remove(environment["name"], files)
    with own.step("connections") as step:
        step["changed"] = close_connections(environment["name"], files)
    if environment["policy"] == "retain":
        with own.step("retain") as step:
            step["changed"] = mark_retained(environment, files)
        return
    with own.step("database") as step:
        connection = database.connect()
        try:
            step["changed"] = database.drop(connection, environment, files.check)
        finally:
            connection.close()
    with own.step("files") as step:
        step["changed"] = files.remove_tree(layout.base(environment["name"]))
    with own.step("account") as step:
        step["changed"] = remove_account(environment, files.check)
    with own.step("record") as step:
        step["changed"] = files.remove(layout.record_path(environment["name"]))
        step["changed"] |= files.remove(layout.secrets_path(environment["name"]))


def mark_retained(environment, files):
    path = layout.record_path(environment["name"])
    record = read_json(path) or {"v": 1, "name": environment["name"], "uid": environment["uid"], "digest": ""}
    record |= {"retained": True, "state": "retained", "digest": "", "managedFiles": {}}
    return files.write(path, json.dumps(record, indent=1, sort_keys=True) + "\n", 0o640)


def close_connections(name, files):
    """Its cache and its way to the database; a retained environment gets them again with its next converge."""
    changed = cache_server.remove(name, files)
    changed |= database_socket.remove(name, files)
    changed |= own_units.remove_directories(files, name)
    if changed and not files.check:
        own_units.reload_manager()
    return changed


def remove_account(environment, check):
    if accounts.own_account(environment) is None:
        return False
    if not check:
        run_ok(["userdel", environment["unix_user"]], "account_failed")
        if accounts.group_exists(environment["unix_user"]):
            run_ok(["groupdel", environment["unix_user"]], "account_failed")
    return True


if __name__ == "__main__":
    main()
