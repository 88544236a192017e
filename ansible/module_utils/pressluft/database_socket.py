"""The socket of each environment to MariaDB: a proxy behind it limits connections before they sign in.

MariaDB counts the connections of a user only after it has signed in, so its own socket is closed to sites: whoever can open it can take all connections of
the server without a password.
"""

from __future__ import annotations

import glob
import os
import time

from ansible.module_utils.pressluft import layout, own_units
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.own_units import DATABASE
from ansible.module_utils.pressluft.steps import StepError

# Of the 4500 of the role mariadb: systemd lets one more through for each environment than its limit says, and root needs some.
MOST_CONNECTIONS = 3900
# An idle proxy has about ten descriptors; every connection has six more.
IDLE_DESCRIPTORS = 14
GAP_PATIENCE_SECONDS = 5


def unit(name):
    return f"{DATABASE}@{name}.socket"


def ensure(environment, group, files):
    """Directories and limit of one environment; the caller loads them with `apply`. Returns whether anything changed."""
    name, wanted = environment["name"], own_units.connections(environment)
    taken = sum(count for other, count in shares().items() if other != name)
    if taken + wanted > MOST_CONNECTIONS:
        raise StepError(
            "database_full", f"{wanted} more connections to MariaDB do not fit: the other environments of this node may open {taken} of {MOST_CONNECTIONS}"
        )
    changed = own_units.directories(files, name, group)
    lines = [
        f"Environment=CONNECTIONS={wanted}",
        # Each connection has two pipes of at most 256 KiB.
        f"MemoryMax={32 + wanted}M",
        # A site that opens and closes connections without end must not fill the server's queue. The proxy of a busy worker uses 2 % of what the worker uses.
        f"CPUQuota={max(25, 2 * wanted)}%",
    ]
    return own_units.write_limits(files, DATABASE, name, group, lines) | changed


def shares():
    """Connections that each environment of the node may open."""
    names = [path.split("@")[1].removesuffix(".service.d") for path in glob.glob(f"{layout.UNITS}/{DATABASE}@*.service.d")]
    return {name: own_units.limit(DATABASE, name, "CONNECTIONS") or 0 for name in names}


def apply(names):
    """Has proxies of environments use their changed limits. systemd keeps the socket open meanwhile, so that new connections wait."""
    for name in names:
        service = f"{DATABASE}@{name}.service"
        wait_for_gap(service)
        run_ok(["systemctl", "try-restart", service], "service_failed", timeout=60)


def wait_for_gap(service):
    """A moment without connections, which a restart would end. A site that has none within the time is cut off."""
    _, pid, _ = run(["systemctl", "show", "-P", "MainPID", service])
    deadline = time.monotonic() + GAP_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if len(os.listdir(f"/proc/{int(pid)}/fd")) <= IDLE_DESCRIPTORS:
                return
        except (OSError, ValueError):
            return
        time.sleep(0.02)


def remove(name, files):
    """Returns whether there was anything to remove."""
    units = [unit(name), f"{DATABASE}@{name}.service"]
    if not own_units.exists(DATABASE, name):
        return False
    if not files.check:
        own_units.take_down(units)
    return own_units.remove_limits(files, DATABASE, name)
