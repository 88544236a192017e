"""The systemd units of one environment: its slice, which limits all of its processes, and what its PHP-FPM master and standby add to their templates."""

from __future__ import annotations

import re

from ansible.module_utils.pressluft import layout, php_pool
from ansible.module_utils.pressluft.steps import StepError

DEFAULT_CPU_WEIGHT = 100
# The code cache as it fills, the master, and a command of wp-cli or cron beside the requests.
MEMORY_BESIDE_REQUESTS_MIB = 512
MEMORY_WITHOUT_LIMIT_MIB = 512
# Besides the workers: programs that a request starts, and commands.
TASKS_BESIDE_WORKERS = 128
UNIT_MIB = {"K": 1 / 1024, "M": 1, "G": 1024}


def socket_unit(name):
    return f"pressluft-php@{layout.checked('name', name)}.socket"


def slice_unit(name):
    """A dash would nest the slice in that of another environment; names have no underscores."""
    return f"pressluft-{layout.checked('name', name).replace('-', '_')}.slice"


def slice_file(name):
    return f"{layout.UNITS}/{slice_unit(name)}"


def drop_in_directories(name):
    return [f"{layout.UNITS}/pressluft-php{kind}@{layout.checked('name', name)}.service.d" for kind in ("", "-standby")]


def files(environment):
    """{path: content}. A stopped environment keeps them, since a converge and wp-cli still run commands in it."""
    name, text = environment["name"], drop_in(environment)
    return {slice_file(name): render_slice(environment), **{f"{directory}/20-environment.conf": text for directory in drop_in_directories(name)}}


def drop_in(environment):
    name, php = environment["name"], environment["php"]
    user = layout.checked("unix_user", environment["unix_user"])
    version = layout.checked("php_version", php["version"])
    return (
        f"# environment/{name}, managed by Pressluft\n[Service]\n"
        f"User={user}\nGroup={user}\n"
        f"Slice={slice_unit(name)}\n"
        f"X-PhpVersion={version}\n"
        f"ExecStart=/usr/sbin/php-fpm{version} --nodaemonize --fpm-config {layout.php_config(name)}\n"
        f"TimeoutStopSec={php_pool.request_seconds(php) + 15}s\n"
    )


def render_slice(environment):
    resources = environment.get("resources") or {}
    children = int(environment["php"]["pool"].get("max_children") or 5)
    memory = resources.get("memory_mib") or default_memory_mib(environment["php"]["memory_limit"], children)
    weight = int(resources.get("cpu_weight") or DEFAULT_CPU_WEIGHT)
    # systemd.resource-control(5)
    if not 1 <= weight <= 10000:
        raise StepError("invalid_value", f"{weight} is not a CPU weight from 1 to 10000")
    return (
        f"# environment/{environment['name']}, managed by Pressluft\n"
        f"[Unit]\nDescription=Processes of environment/{environment['name']}\n\n"
        f"[Slice]\nCPUWeight={weight}\nMemoryMax={int(memory)}M\nTasksMax={children + TASKS_BESIDE_WORKERS}\n"
    )


def default_memory_mib(limit, children):
    """What the workers may use together. The slice of all environments has the limit of the node."""
    return MEMORY_BESIDE_REQUESTS_MIB + children * limit_mib(limit)


def limit_mib(limit):
    """PHP's own notation: bytes without a unit, -1 for no limit."""
    number, unit = re.fullmatch(r"(-1|[0-9]{1,9})([KMG]?)", php_pool.memory(limit)).groups()
    if number == "-1":
        return MEMORY_WITHOUT_LIMIT_MIB
    return max(1, round(int(number) * UNIT_MIB.get(unit, 1 / 1048576)))
