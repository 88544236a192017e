"""Unix accounts of environments and the directory tree that isolates them."""

from __future__ import annotations

import grp
import os
import pwd
import time

from ansible.module_utils.pressluft import layout, php_unit
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.steps import StepError

# Requests in flight may take their whole time.
END_SECONDS = 660


def account(environment, check=False):
    """(uid, gid) of the environment's user. In check mode a user that does not exist yet counts as root."""
    try:
        entry = pwd.getpwnam(environment["unix_user"])
    except KeyError as error:
        if check:
            return 0, 0
        raise StepError("account_missing", f"there is no user {environment['unix_user']}") from error
    return entry.pw_uid, entry.pw_gid


def missing(environments):
    return [environment for environment in environments if not _exists(environment["unix_user"])]


def create(environments):
    """Creates all users in one call; systemd-sysusers locks and rewrites the account files once."""
    lines = [
        f'u {environment["unix_user"]} {_former_uid(environment)} "Pressluft {environment["name"]}" {layout.base(environment["name"])} /usr/sbin/nologin'
        for environment in environments
    ]
    status, stdout, stderr = run(["systemd-sysusers", "-"], stdin="\n".join(lines) + "\n")
    return "" if status == 0 else (stderr or stdout).strip()


def _former_uid(environment):
    """The number that owns the uploads already, since files of a deleted account must not belong to the next new one; `-` chooses a free number."""
    try:
        uid = os.lstat(f"{layout.base(environment['name'])}/shared/uploads").st_uid
    except OSError:
        return "-"
    return str(uid) if uid != 0 else "-"


def check_free(environment):
    """Refuses an account that was not created for this environment, and a name that the node uses itself."""
    if environment["name"] in layout.RESERVED_NAMES:
        raise StepError("invalid_value", f"name: {environment['name']!r} is used by the node itself")
    try:
        home = pwd.getpwnam(environment["unix_user"]).pw_dir
    except KeyError:
        return
    if home != layout.base(environment["name"]):
        raise StepError("account_conflict", f"user {environment['unix_user']} exists already and has its home in {home}")


def directories(environment, files):
    """The tree of one environment. Everything but uploads, sessions and temporary files belongs to root."""
    uid, gid = account(environment, files.check)
    web = grp.getgrnam("www-data").gr_gid
    top = layout.base(environment["name"])
    # The isolation boundary: only root, the web server and the environment's own user can enter this directory.
    changed = files.directory(top, 0o710, 0, web, reader=uid)
    slot = layout.slot(environment["name"])
    for path, mode, owner, group in (
        (f"{top}/slots", 0o755, 0, 0),
        (f"{top}/slots/{slot}", 0o755, 0, 0),
        (f"{top}/slots/{slot}/releases", 0o755, 0, 0),
        (f"{top}/shared", 0o755, 0, 0),
        (f"{top}/shared/uploads", 0o755, uid, gid),
        (f"{top}/tmp", 0o700, uid, gid),
        (f"{top}/sessions", 0o700, uid, gid),
        # The masters of nginx and PHP-FPM open these logs as root, so the user must not be able to create links here. The workers of
        # nginx open them again after a rotation, so they must be able to pass.
        (f"{top}/logs", 0o751, 0, gid),
    ):
        if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
            # Nothing is followed and nothing replaced: whoever made it may have moved the data there.
            raise StepError("not_a_directory", f"{path} is {f'a link to {os.readlink(path)}' if os.path.islink(path) else 'a file'}, and has to be a directory")
        if files.check and not os.path.isdir(os.path.dirname(path)):
            return True
        changed |= files.directory(path, mode, owner, group)
    changed |= files.link(f"{top}/current", f"slots/{slot}")
    return changed


def own_account(environment):
    """The account, unless it is missing or belongs to something else of the same name."""
    try:
        entry = pwd.getpwnam(environment["unix_user"])
    except KeyError:
        return None
    return entry if entry.pw_dir == layout.base(environment["name"]) else None


def end_processes(environment, check):
    """Kills what still runs as the user of an environment, because it would keep files and account busy."""
    entry = own_account(environment)
    if entry is None or run(["pgrep", "-u", str(entry.pw_uid)])[0] != 0:
        return False
    if not check:
        # All units of the slice: a process that forks faster than it is found does not survive.
        run(["systemctl", "stop", php_unit.slice_unit(environment["name"])], timeout=END_SECONDS)
        run(["pkill", "-TERM", "-u", str(entry.pw_uid)])
        for _ in range(20):
            if run(["pgrep", "-u", str(entry.pw_uid)])[0] != 0:
                return True
            time.sleep(0.1)
        for _ in range(20):
            if run(["pkill", "-KILL", "-u", str(entry.pw_uid)])[0] != 0:
                break
    return True


def _exists(user):
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def group_exists(name):
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
