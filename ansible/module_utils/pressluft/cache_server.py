"""The cache of each environment: a Redis server of its own, so that nothing of a site can displace, delay or refuse what its neighbours store."""

from __future__ import annotations

from ansible.module_utils.pressluft import own_units
from ansible.module_utils.pressluft.commands import run_ok
from ansible.module_utils.pressluft.own_units import CACHE

# Of the controller's tasks before there was a quota.
DEFAULT_MIB = 64


def unit(name):
    return f"{CACHE}@{name}.service"


def is_wanted(environment):
    return environment["cache"]["object"] == "redis" and environment["state"] == "running"


def ensure(environment, group, files):
    """The limits of the server; the caller loads them. Returns whether anything changed."""
    memory = own_units.checked_memory(environment["cache"].get("memory_mib") or DEFAULT_MIB)
    lines = [
        f"Environment=CONNECTIONS={own_units.connections(environment)}",
        f"Environment=MEMORY_MIB={memory}",
        # Buffers of connections and the server itself are not part of the quota.
        f"MemoryMax={2 * memory + 32}M",
    ]
    return own_units.write_limits(files, CACHE, environment["name"], group, lines)


def restart(names):
    if names:
        run_ok(["systemctl", "try-restart", *map(unit, names)], "service_failed", timeout=180)


def remove(name, files):
    """Returns whether there was anything to remove."""
    if not own_units.exists(CACHE, name):
        return False
    if not files.check:
        own_units.take_down([unit(name)])
    return own_units.remove_limits(files, CACHE, name)
