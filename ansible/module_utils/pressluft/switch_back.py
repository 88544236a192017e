"""Undoes a change that broke a site: the previous release, and the plugins and theme that were active before.

Only what Pressluft itself has just changed is undone, only if the site worked before, and never across an upgrade of the database.
"""

from __future__ import annotations

from ansible.module_utils.pressluft import layout, php_masters, records, releases, verification, wordpress, wordpress_process
from ansible.module_utils.pressluft.files import Files, read_json
from ansible.module_utils.pressluft.steps import StepError

UNDONE, ACTIVATION_UNDONE = "release_switched_back", "activation_undone"
# The options that activating plugins and switching the theme change.
ACTIVATION_OPTIONS = ("active_plugins", "template", "stylesheet", "pressluft_state")
# Larger values cannot be passed on between the phases.
MAX_OPTION_BYTES = 64 << 10


class Change:
    """What this run changed in an environment, from the notes of its phases, and the means to undo it."""

    def __init__(self, notes, script):
        # Its front page, release and options before the change.
        self.before = notes.get("before")
        self.previous = (notes.get("switched") or {}).get("from")
        self.options = notes.get("options")
        self.script = script


def undo(environment, own, problem, change):
    """Raises the StepError that describes the result: `problem` itself if nothing was undone."""
    name = environment["name"]
    failed = releases.live_release(name)
    verified = releases.verified_release(name)
    target = verified or change.previous
    target = target if target != failed and releases.exists(name, target) else None
    # Before the change a release was live that nobody had verified: a run was killed after its switch.
    interrupted = change.before is None and target is not None and target == verified
    worked = interrupted or verification.works(change.before)
    if not worked or (target is None and not changed_options(environment, change)):
        raise problem
    with own.step("switch_back") as step:
        versions = database_versions(environment, target)
        if versions is not None:
            raise StepError(problem.code, f"{problem.message}; not switched back to {target}, because the database was upgraded {versions}")
        step["changed"] = True
        put_back(environment, target, change)
        try:
            verification.verify(as_served(environment), change.before)
        except StepError as other:
            if target is not None:
                serve(name, failed)
            raise StepError(problem.code, f"{problem.message}; switching back did not help: {other.message}") from None
        step["message"] = f"{failed} -> {target}" if target else "plugins and theme as before"
    if target is None:
        raise StepError(ACTIVATION_UNDONE, f"{problem.message}; undone: the plugins and the theme are as before the change")
    raise StepError(UNDONE, f"{problem.message}; switched back{code_changes(environment)}: release {target} serves again")


def as_served(environment):
    """The environment with the WordPress version of its live release."""
    version, _ = releases.core_version(layout.document_root(environment["name"]))
    return {**environment, "wordpress": {**environment["wordpress"], "version": version}}


def put_back(environment, target, change):
    name = environment["name"]
    if target is not None:
        serve(name, target)
    if change.options is None:
        return
    with wordpress_process.script_file(change.script) as path:
        request = {"mode": "restore", "root": layout.document_root(name), "site_url": environment["site_url"], "options": change.options}
        wordpress_process.execute(environment, request, path)


def serve(name, release):
    Files().link(layout.document_root(name), f"releases/{release}")
    php_masters.restart([name])


def options_note(found):
    """The options that activation changes, for `Change`; None if they cannot be passed on."""
    if found is None:
        return None
    options = {key: found.get(key) for key in ACTIVATION_OPTIONS}
    return options if sum(len(value or "") for value in options.values()) <= MAX_OPTION_BYTES else None


def changed_options(environment, change):
    if change.options is None:
        return False
    now = wordpress.options(environment, wordpress_process.secret(environment, "database_password")) or {}
    return any(now.get(key) != value for key, value in change.options.items())


def database_versions(environment, target):
    """"from 1 to 2" if the database is not the one that the code of `target` expects; None if it is."""
    if target is None:
        return None
    now = wordpress.options(environment, wordpress_process.secret(environment, "database_password")) or {}
    found = now.get("db_version")
    _, expected = releases.core_version(f"{layout.slot_path(environment['name'])}/releases/{target}")
    return None if found is None or found == expected else f"from version {expected} to {found}"


def code_changes(environment):
    """" of shop 1.0 -> 1.1": what differs between the applied and the failed code."""
    applied = (read_json(layout.record_path(environment["name"])) or {}).get("versions") or {}
    wanted = records.versions(environment)
    pairs = [("WordPress", applied.get("wordpress"), str(environment["wordpress"]["version"]))]
    for kind in ("plugins", "themes"):
        former = applied.get(kind) or {}
        pairs += [(slug, former.get(slug), wanted[kind].get(slug)) for slug in sorted({*former, *wanted[kind]})]
    changes = [f"{what} {now or 'removed'} to {was or 'absent'}" for what, was, now in pairs if was != now][:5]
    return f" ({', '.join(changes)})" if changes else ""
