#!/usr/bin/python3
"""Fourth phase of a converge: wp-config.php, PHP master, nginx host and cron entry, tested before they go live."""

from __future__ import annotations

import grp
import os

from ansible.module_utils.pressluft import accounts, activation, cron, layout, nginx_snippet, php_masters, releases, shared_sockets, site_secrets, vhost, wp_config
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
            candidates[environment["name"]] = candidate_of(environment, module.check_mode)
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
    try:
        shared_sockets.retire_cache(module.check_mode)
    except StepError as error:
        # Nobody uses it any more; the next run tries again.
        module.warn(error.message)
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
    """Switches to the built release. PHP keeps the targets of links for two minutes and never evicts code, so its master restarts."""
    name = environment["name"]
    with own.step("switch") as step:
        live = releases.live_release(name)
        if release is None or live == release:
            return
        step["changed"] = True
        step["message"] = f"{live or 'nothing'} -> {release}"
        if files.check:
            return
        if live is not None:
            activation.owe(activation.php(name))
        own.notes["switched"] = {"from": live, "to": release}
        files.link(layout.document_root(name), f"releases/{release}")
        releases.prune(name)


def check_php(environment):
    version = layout.checked("php_version", environment["php"]["version"])
    if version not in layout.php_versions():
        raise StepError("php_version_missing", f"PHP {version} is not installed on this node; it has {', '.join(layout.php_versions()) or 'none'}")


def candidate_of(environment, check):
    name, running = environment["name"], environment["state"] == "running"
    snippet = environment["nginx"].get("server_snippet") if running else None
    if snippet:
        nginx_snippet.check(snippet)
    if environment["access"].get("basic_auth"):
        vhost.password_line(environment["access"]["basic_auth"])
    return activation.Candidate(
        name,
        {layout.site_file(name): vhost.render(environment, layout.snippet_file(name) if snippet else None)},
        {layout.snippet_file(name): snippet.rstrip("\n") + "\n" if snippet else None},
        php_masters.PhpCandidate(environment, check),
    )


def changes(candidate):
    return bool(candidate.changed({**candidate.sites, **candidate.snippets})) or not candidate.php.is_applied()


def write_wp_config(environment, files):
    _, gid = account(environment, files.check)
    secrets = site_secrets.load(environment["name"])
    if not secrets:
        if files.check:
            return True
        raise StepError("secrets_missing", f"{environment['name']} has no secrets on this node")
    path = f"{layout.slot_path(environment['name'])}/wp-config.php"
    text = wp_config.render(environment, secrets)
    if not files.check and read_text(path) != text:
        activation.owe(activation.php(environment["name"]))
    return files.write(path, text, 0o640, 0, gid, secret=True)


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
    """New PHP masters first, then the hosts that point at them, then the removal of what is not used any more."""
    hosts, php_before = {}, {}
    web = grp.getgrnam("www-data").gr_gid
    for environment in accepted:
        name, candidate = environment["name"], candidates[environment["name"]]
        with progress[name].step("activate") as step:
            hosts[name] = {path: text for path, text in {**candidate.snippets, **candidate.sites}.items() if read_text(path) != text}
            php_before[name] = {path: read_text(path) for path in candidate.php.different()}
            step["changed"] = changes(candidate) | password_file(environment, files, web)
    start_php(accepted, candidates, progress, files, php_before)
    ready = [environment["name"] for environment in accepted if progress[environment["name"]].error is None]
    load_hosts({path: text for name in ready for path, text in hosts[name].items()}, ready, progress, files)
    try:
        served = [name for name in ready if progress[name].error is None]
        for name in served:
            if candidates[name].php.configuration is None:
                php_masters.stop(name, files)
        php_masters.leave_shared_masters(served, files)
    except StepError as error:
        fail_all(served, progress, error)


def start_php(accepted, candidates, progress, files, before):
    names = [environment["name"] for environment in accepted]
    running = [name for name in names if candidates[name].php.configuration is not None]
    try:
        php_masters.put([candidates[name].php for name in names], files)
        failed = {} if files.check else php_masters.serve(running)
    except StepError as error:
        fail_all(running, progress, error)
        return
    for name, reason in failed.items():
        php_masters.put_back(candidates[name].php, before[name])
        progress[name].fail("pool_not_started", reason)


def load_hosts(hosts, names, progress, files):
    before = {path: read_text(path) for path in hosts}
    try:
        if hosts or activation.owed("nginx"):
            if not files.check:
                activation.owe("nginx")
            write_all(files, hosts)
            reload_service("nginx", files.check)
    except StepError as error:
        put_back(before, files.check)
        fail_all(names, progress, error)


def fail_all(names, progress, error):
    for name in names:
        progress[name].fail(error.code, error.message)


def write_all(files, contents):
    for path, text in contents.items():
        if text is None:
            files.remove(path)
        else:
            files.write(path, text, 0o600)


def put_back(before, check):
    """Restores the previous working files when tested files cannot be loaded."""
    write_all(Files(check), before)
    try:
        reload_service("nginx", check)
    except StepError:
        pass


def reload_service(service, check):
    if not check:
        activation.settle(service)


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
            # Commands of the site, and processes of before it had a sandbox.
            step["changed"] |= accounts.end_processes(environment, files.check)
        else:
            step["changed"] = files.write(path, cron.render(environment), 0o600)


if __name__ == "__main__":
    main()
