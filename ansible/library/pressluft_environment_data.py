#!/usr/bin/python3
"""Third phase of a converge: the database with its user, the environment's own socket to it, and its cache server."""

from __future__ import annotations

from ansible.module_utils.pressluft import cache_server, database, database_socket, own_units, site_secrets
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()
    with_each(environments, progress, "database", lambda pending: databases(pending, progress, module.check_mode))
    with_each(environments, progress, "database_socket", lambda pending: sockets(pending, progress, files))
    with_each(environments, progress, "cache", lambda pending: caches(pending, progress, files))
    finish(module, progress, files)


def with_each(environments, progress, title, work):
    """A service that is down fails every environment that needs it, with the same reason."""
    pending = [environment for environment in environments if progress[environment["name"]].error is None]
    if not pending:
        return
    try:
        work(pending)
    except StepError as error:
        for environment in pending:
            own = progress[environment["name"]]
            if own.error is None:
                with own.step(title):
                    own.fail(error.code, error.message)


def databases(pending, progress, check):
    connection = database.connect()
    try:
        existing, users, grants = database.snapshot(connection)

        def ensure(environment, own):
            with own.step("database") as step:
                step["changed"] = database.ensure_database(connection, environment, existing, check)
            with own.step("database_user") as step:
                password = password_of(environment, "database_password", check)
                step["changed"] = database.ensure_user(connection, environment, password, users, grants, check)

        run_each(pending, progress, ensure, workers=1)
    finally:
        connection.close()


def sockets(pending, progress, files):
    """Before the configuration that names them. Running proxies are restarted only if their limit is another one."""
    up = own_units.is_up([database_socket.unit(environment["name"]) for environment in pending])
    wanted, changed = [], []

    def ensure(environment, own):
        name = environment["name"]
        with own.step("database_socket") as step:
            fresh = database_socket.ensure(environment, group_of(environment, files), files)
            step["changed"] = fresh or database_socket.unit(name) not in up
        if fresh:
            changed.append(name)
        if step["changed"]:
            wanted.append(name)

    run_each(pending, progress, ensure, workers=1)
    if wanted and not files.check:
        own_units.reload_manager()
        bring_up(wanted, database_socket.unit, progress)
        database_socket.apply([name for name in changed if database_socket.unit(name) in up])


def caches(pending, progress, files):
    """A site without its cache works, so a server that is not wanted any more ends before the configuration that does not name it."""
    up = own_units.is_up([cache_server.unit(environment["name"]) for environment in pending])
    wanted, changed = [], []

    def ensure(environment, own):
        name = environment["name"]
        with own.step("cache") as step:
            if not cache_server.is_wanted(environment):
                step["changed"] = cache_server.remove(name, files)
                return
            fresh = cache_server.ensure(environment, group_of(environment, files), files)
            step["changed"] = fresh or cache_server.unit(name) not in up
        if step["changed"]:
            (changed if cache_server.unit(name) in up else wanted).append(name)

    run_each(pending, progress, ensure, workers=1)
    if not files.check and (wanted or changed):
        own_units.reload_manager()
        bring_up(wanted, cache_server.unit, progress)
        cache_server.restart(changed)


def bring_up(names, unit, progress):
    failures = own_units.bring_up([unit(name) for name in names])
    for name in names:
        if unit(name) in failures:
            progress[name].fail("service_failed", failures[unit(name)])


def group_of(environment, files):
    return environment["unix_user"], account(environment, files.check)[1]


def password_of(environment, key, check):
    """In check mode the secrets of a new environment do not exist yet."""
    secrets = site_secrets.load(environment["name"])
    if key not in secrets and not check:
        raise StepError("secrets_missing", f"{environment['name']} has no secrets on this node")
    return secrets.get(key, "")


if __name__ == "__main__":
    main()
