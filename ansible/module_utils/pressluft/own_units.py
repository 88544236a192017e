"""Units of environments: instances of the node's templates, each with limits of its own.

A `group` is the name and the number of the group of the environment's user. The directories of their sockets exist from the first converge to the deletion
and after each boot, and are never replaced: the sandbox of a site binds them.
"""

from __future__ import annotations

import os
import re

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import read_text
from ansible.module_utils.pressluft.steps import StepError

DATABASE = "pressluft-database"
CACHE = "pressluft-cache"
# The largest share of a site in MariaDB and in its cache: its PHP workers, and cron, wp-cli and a reload of its pool.
SPARE_CONNECTIONS = 10


def connections(environment):
    return int(environment["php"]["pool"].get("max_children") or 5) + SPARE_CONNECTIONS


def limits_file(template, name):
    return f"{layout.UNITS}/{template}@{layout.checked('name', name)}.service.d/limits.conf"


def exists(template, name):
    return os.path.lexists(os.path.dirname(limits_file(template, name)))


def limit(template, name, setting):
    """A number of the limits in force; None if there are none."""
    found = re.search(rf"^Environment={setting}=(\d+)$", read_text(limits_file(template, name)) or "", re.MULTILINE)
    return int(found.group(1)) if found else None


def write_limits(files, template, name, group, lines):
    """Each instance has a user of its own, who exists while it runs; systemd would give the same one to all instances of a template."""
    path = limits_file(template, name)
    if files.check and not os.path.isdir(os.path.dirname(path)):
        return True
    changed = files.directory(os.path.dirname(path))
    return files.write(path, "\n".join(["[Service]", f"User={template}-{group[1]}", *lines, ""])) | changed


def remove_limits(files, template, name):
    return files.remove_tree(os.path.dirname(limits_file(template, name)))


def directories(files, name, group):
    title, gid = group
    paths = [os.path.dirname(layout.database_socket(name)), os.path.dirname(layout.cache_socket(name))]
    changed = files.write(layout.directories_at_boot(name), "".join(f"d {path} 0750 root {title} -\n" for path in paths))
    for path in paths:
        if files.check and not os.path.isdir(os.path.dirname(path)):
            return True
        changed |= files.directory(path, 0o750, 0, gid)
    return changed


def remove_directories(files, name):
    changed = files.remove(layout.directories_at_boot(name))
    for socket in (layout.database_socket(name), layout.cache_socket(name)):
        changed |= files.remove_tree(os.path.dirname(socket))
    return changed


def is_up(units):
    """The units that run and start at boot."""
    if not units:
        return set()
    _, active, _ = run(["systemctl", "is-active", *units])
    _, enabled, _ = run(["systemctl", "is-enabled", *units])
    answers = zip(units, active.splitlines(), enabled.splitlines())
    return {unit for unit, runs, starts in answers if runs == "active" and starts == "enabled"}


def reload_manager():
    run_ok(["systemctl", "daemon-reload"], "service_failed", timeout=90)


def bring_up(units):
    """Starts units now and at each boot. Returns {unit: why it does not run}, so that one failure is that of its environment alone."""
    if not units or run(["systemctl", "enable", "--quiet", "--now", *units], timeout=180)[0] == 0:
        return {}
    return {unit: last_words(unit) for unit in units if unit not in is_up(units)}


def last_words(unit):
    _, log, _ = run(["journalctl", "-u", unit, "-n", "15", "--no-pager", "-o", "cat"])
    return f"{unit} does not start:\n{log.strip()[-1500:]}"


def take_down(units):
    """Also removes the memory of a failure, which would keep the unit listed."""
    if not units:
        return
    run_ok(["systemctl", "disable", "--quiet", "--now", *units], "service_failed", timeout=180)
    run(["systemctl", "reset-failed", *units])


def checked_memory(mebibytes):
    """The quota of a cache in MiB."""
    if not isinstance(mebibytes, int) or isinstance(mebibytes, bool) or not 10 <= mebibytes <= 102400:
        raise StepError("invalid_value", f"cache.memory_mib: {str(mebibytes)[:40]!r} is no number from 10 to 102400")
    return mebibytes
