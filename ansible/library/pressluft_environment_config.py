#!/usr/bin/python3
"""Fourth phase of a converge: wp-config.php, PHP pool, nginx host and cron entry, tested before they go live."""

from __future__ import annotations

import grp
import os

from ansible.module_utils.pressluft import accounts, activation, cron, layout, nginx_snippet, php_pool, releases, site_secrets, vhost, wp_config
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.arguments import environment_module
from ansible.module_utils.pressluft.files import Files, read_text
from ansible.module_utils.pressluft.steps import StepError, finish, run_each


def main():
    module, environments, progress, files = environment_module()
    built = releases_of(module.params["previous"])
    candidates = {}

    def prepare(environment, own):
        with own.step("render"):
            check_php(environment)
            candidates[environment["name"]] = candidate_of(environment)
        with own.step("wp_config") as step:
            step["changed"] = write_wp_config(environment, files)

    run_each(environments, progress, prepare, workers=1)
    alive = {name: candidate for name, candidate in candidates.items() if progress[name].error is None}
    # In check mode a new environment lacks the user and directories that the tests look for.
    testable = [candidate for candidate in alive.values() if not module.check_mode or os.path.isdir(layout.base(candidate.name))]
    different = [candidate for candidate in testable if changes(candidate)]
    if different:
        test(different, progress)
    accepted = [environment for environment in environments if progress[environment["name"]].error is None]
    run_each(accepted, progress, lambda environment, own: switch(environment, own, files, built.get(environment["name"])), workers=1)
    activate(accepted, candidates, progress, files, module.check_mode)
    run_each(accepted, progress, lambda environment, own: schedule(environment, own, files), workers=1)
    finish(module, progress, files)


def releases_of(previous):
    """{environment: release} as the code phase has built them."""
    return {
        name: outcome["notes"]["release"]
        for result in previous
        for name, outcome in ((result or {}).get("pressluft") or {}).get("environments", {}).items()
        if (outcome.get("notes") or {}).get("release")
    }


def switch(environment, own, files, release):
    """Switches to the built release. PHP's opcode cache never evicts, so a reload removes scripts of earlier releases."""
    name, version = environment["name"], environment["php"]["version"]
    with own.step("switch") as step:
        live = releases.live_release(name)
        if release is None or live == release:
            return
        step["changed"] = True
        step["message"] = f"{live or 'nothing'} -> {release}"
        if files.check:
            return
        if live is not None:
            activation.owe(f"php{version}-fpm")
        own.notes["switched"] = {"from": live, "to": release}
        files.link(layout.document_root(name), f"releases/{release}")
        releases.prune(name)


def check_php(environment):
    version = layout.checked("php_version", environment["php"]["version"])
    if version not in layout.php_versions():
        raise StepError("php_version_missing", f"PHP {version} is not installed on this node; it has {', '.join(layout.php_versions()) or 'none'}")


def candidate_of(environment):
    name, running = environment["name"], environment["state"] == "running"
    snippet = environment["nginx"].get("server_snippet") if running else None
    if snippet:
        nginx_snippet.check(snippet)
    if environment["access"].get("basic_auth"):
        vhost.password_line(environment["access"]["basic_auth"])
    wanted_pool = layout.pool_file(name, environment["php"]["version"])
    pools = {layout.pool_file(name, version): None for version in layout.php_versions()}
    pools[wanted_pool] = php_pool.render(environment) if running else None
    return activation.Candidate(
        name,
        {layout.site_file(name): vhost.render(environment, layout.snippet_file(name) if snippet else None)},
        {layout.snippet_file(name): snippet.rstrip("\n") + "\n" if snippet else None},
        pools,
    )


def changes(candidate):
    return candidate.changed({**candidate.sites, **candidate.snippets, **candidate.pools})


def write_wp_config(environment, files):
    _, gid = account(environment, files.check)
    secrets = site_secrets.load(environment["name"])
    if not secrets:
        if files.check:
            return True
        raise StepError("secrets_missing", f"{environment['name']} has no secrets on this node")
    path = f"{layout.slot_path(environment['name'])}/wp-config.php"
    return files.write(path, wp_config.render(environment, secrets), 0o640, 0, gid, secret=True)


def test(different, progress):
    """The password files must exist before the test, because nginx opens them in it. The log directories exist already."""
    try:
        rejected = activation.reject_broken(different)
    except StepError as error:
        rejected = {candidate.name: (error.code, error.message) for candidate in different}
    for name, (code, message) in rejected.items():
        with progress[name].step("config_test"):
            pass
        progress[name].fail(code, message)


def activate(accepted, candidates, progress, files, check):
    """New pools first, then the hosts that point at them, then the removal of unused pools."""
    added, removed, hosts = {}, {}, {}
    web = grp.getgrnam("www-data").gr_gid
    for environment in accepted:
        candidate = candidates[environment["name"]]
        with progress[environment["name"]].step("activate") as step:
            added.update({path: text for path, text in candidate.pools.items() if text is not None and read_text(path) != text})
            removed.update({path: None for path, text in candidate.pools.items() if text is None and os.path.lexists(path)})
            hosts.update({path: text for path, text in {**candidate.snippets, **candidate.sites}.items() if read_text(path) != text})
            step["changed"] = bool(changes(candidate)) | password_file(environment, files, web)
    before = {path: read_text(path) for path in (*added, *removed, *hosts)}
    try:
        for version in sorted(php_versions_of(added) | pending_versions()):
            put_pools(files, version, added)
            reload_service(f"php{version}-fpm", check)
        wait_for_pools(accepted, progress, check)
        if hosts or activation.owed("nginx"):
            if not check:
                activation.owe("nginx")
            write_all(files, hosts)
            reload_service("nginx", check)
        for version in sorted(php_versions_of(removed)):
            put_pools(files, version, removed)
            reload_service(f"php{version}-fpm", check)
    except StepError as error:
        put_back(before, check)
        for environment in accepted:
            progress[environment["name"]].fail(error.code, error.message)


def put_pools(files, version, pools):
    own = {path: text for path, text in pools.items() if activation.version_of(path) == version}
    if own and not files.check:
        activation.owe(f"php{version}-fpm")
    write_all(files, own)


def write_all(files, contents):
    for path, text in contents.items():
        if text is None:
            files.remove(path)
        else:
            files.write(path, text, 0o600)


def put_back(before, check):
    """Restores the previous working files when tested files cannot be loaded."""
    quiet = Files(check)
    write_all(quiet, before)
    for service in sorted({f"php{version}-fpm" for version in php_versions_of(path for path in before if path.startswith("/etc/php/"))} | {"nginx"}):
        try:
            reload_service(service, check)
        except StepError:
            continue


def reload_service(service, check):
    if not check:
        activation.settle(service)


def php_versions_of(paths):
    return {activation.version_of(path) for path in paths}


def pending_versions():
    return {version for version in layout.php_versions() if activation.owed(f"php{version}-fpm")}


def wait_for_pools(accepted, progress, check):
    if check:
        return
    sockets = {
        layout.fpm_socket(environment["name"], environment["php"]["version"]): environment["name"]
        for environment in accepted
        if environment["state"] == "running"
    }
    for path in activation.wait_for_sockets(list(sockets)):
        progress[sockets[path]].fail("pool_not_started", f"PHP-FPM did not open {path}")


def password_file(environment, files, web):
    path, basic_auth = layout.password_file(environment["name"]), environment["access"].get("basic_auth")
    if not basic_auth:
        return files.remove(path)
    return files.write(path, vhost.password_line(basic_auth), 0o640, 0, web, secret=True)


def schedule(environment, own, files):
    with own.step("cron") as step:
        path = layout.cron_file(environment["name"])
        if environment["state"] == "stopped":
            step["changed"] = files.remove(path)
            # Processes that the site started and detached from its pool.
            step["changed"] |= accounts.end_processes(environment, files.check)
        else:
            step["changed"] = files.write(path, cron.render(environment), 0o600)


if __name__ == "__main__":
    main()
