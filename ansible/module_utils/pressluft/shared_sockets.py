"""The sockets of MariaDB and of a common Redis server that sites used before they had their own: closed as soon as no site needs them."""

from __future__ import annotations

import glob
import grp
import os
import time

from ansible.module_utils.pressluft import database_socket, layout, own_units
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import read_json, read_text
from ansible.module_utils.pressluft.steps import StepError

GROUP = "pressluft-database"
CACHE_SERVICE = "redis-server.service"
CACHE_SOCKET = "/run/redis/redis-server.sock"
# PHP reads a changed wp-config.php after `opcache.revalidate_freq`, 2 s; requests that began before have connected by then.
SETTLE_SECONDS = 4


def close_database(files):
    """Moves every site to its own socket, then closes the directory of MariaDB's. Returns whether anything changed."""
    changed = own_group(files)
    moved = [path for path in wp_configs() if layout.MARIADB_SOCKET in (read_text(path) or "")]
    if moved and not files.check:
        own_units.reload_manager()
    for path in moved:
        changed |= move(path, files)
    if moved and not files.check:
        time.sleep(SETTLE_SECONDS)
    directory = os.path.dirname(layout.MARIADB_SOCKET)
    # Otherwise every update of a package with such a file would open the directory again.
    changed |= files.write("/etc/tmpfiles.d/mariadb.conf", f"d {directory} 0750 mysql {GROUP} -\n")
    if os.path.isdir(directory) and not files.check:
        changed |= files.directory(directory, 0o750, os.lstat(directory).st_uid, grp.getgrnam(GROUP).gr_gid)
    return changed


def own_group(files):
    try:
        grp.getgrnam(GROUP)
        return False
    except KeyError:
        if not files.check:
            run_ok(["systemd-sysusers", "-"], "account_failed", stdin=f"g {GROUP} -\n")
        return True


def wp_configs():
    return sorted(glob.glob(f"{layout.ROOT}/*/slots/*/wp-config.php"))


def move(path, files):
    """One site, without waiting for its converge: a site must not keep the socket of all open by being impossible to converge."""
    name = name_of(path)
    state = os.lstat(path)
    try:
        group = grp.getgrgid(state.st_gid).gr_name, state.st_gid
    except KeyError:
        return False
    spec = (read_json(layout.record_path(name)) or {}).get("spec") or {}
    database_socket.ensure({"name": name, "php": {"pool": (spec.get("php") or {}).get("pool") or {}}}, group, files)
    if not files.check:
        own_units.reload_manager()
        for reason in own_units.bring_up([database_socket.unit(name)]).values():
            raise StepError("service_failed", reason)
    text = (read_text(path) or "").replace(f"localhost:{layout.MARIADB_SOCKET}", f"localhost:{layout.database_socket(name)}")
    return files.write(path, text, state.st_mode & 0o777, state.st_uid, state.st_gid, secret=True)


def retire_cache(check):
    """Ends the common Redis server for good, unless a site still uses it. Returns whether anything changed."""
    if any(CACHE_SOCKET in (read_text(path) or "") and not is_retained(path) for path in wp_configs()):
        return False
    _, state, _ = run(["systemctl", "is-enabled", CACHE_SERVICE])
    if state.strip() == "masked":
        return False
    if not check:
        run_ok(["systemctl", "disable", "--quiet", "--now", CACHE_SERVICE], "service_failed", timeout=60)
        # The package starts it again with each update.
        run_ok(["systemctl", "mask", "--quiet", CACHE_SERVICE], "service_failed", timeout=60)
    return True


def is_retained(path):
    return bool((read_json(layout.record_path(name_of(path))) or {}).get("retained"))


def name_of(path):
    return path[len(layout.ROOT) + 1 :].split("/")[0]
