#!/usr/bin/python3
"""Third phase of a converge: the database with its user, and the cache's ACL user."""

from __future__ import annotations

from ansible.module_utils.pressluft import database, redis_acl, site_secrets
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()
    check = module.check_mode
    with_each(environments, progress, "database", lambda pending: databases(pending, progress, check))
    with_each(environments, progress, "cache", lambda pending: caches(pending, progress, check))
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


def caches(pending, progress, check):
    with redis_acl.Redis() as redis:

        def ensure(environment, own):
            with own.step("cache_user") as step:
                if environment["cache"]["object"] == "redis":
                    step["changed"] = redis_acl.ensure_user(redis, environment, password_of(environment, "redis_password", check), check)
                else:
                    step["changed"] = redis_acl.drop_user(redis, environment, check)

        run_each(pending, progress, ensure, workers=1)
        if not check and any(progress[environment["name"]].steps[-1]["changed"] for environment in pending):
            redis.call("ACL", "SAVE")


def password_of(environment, key, check):
    """In check mode the secrets of a new environment do not exist yet."""
    secrets = site_secrets.load(environment["name"])
    if key not in secrets and not check:
        raise StepError("secrets_missing", f"{environment['name']} has no secrets on this node")
    return secrets.get(key, "")


if __name__ == "__main__":
    main()
