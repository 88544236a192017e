"""The configuration of an environment's PHP-FPM master: its pool, temporary directory and sessions. User and limits are those of its unit."""

from __future__ import annotations

import re

from ansible.module_utils.pressluft import layout, settings
from ansible.module_utils.pressluft.quoting import ini, ini_key
from ansible.module_utils.pressluft.steps import StepError

PROCESS_MANAGERS = ("static", "dynamic", "ondemand")
COUNTERS = ("max_children", "start_servers", "min_spare_servers", "max_spare_servers", "max_requests")


def render(environment):
    php, name = environment["php"], environment["name"]
    top = layout.base(name)
    timeout = request_seconds(php)
    values = {
        "memory_limit": memory(php["memory_limit"]),
        "expose_php": False,
        **settings.check_ini(environment),
        "upload_tmp_dir": f"{top}/tmp",
        "sys_temp_dir": f"{top}/tmp",
        "session.save_handler": "files",
        "session.save_path": f"{top}/sessions",
        # Without a separate error log the message goes to nginx, which writes it to the environment's error.log.
        "log_errors": True,
        "disable_functions": "dl,posix_kill,posix_mkfifo,pcntl_exec",
    }
    lines = [
        f"; environment/{name}, managed by Pressluft",
        "[global]",
        "error_log = syslog",
        f"syslog.ident = pressluft-php-{name}",
        "log_level = warning",
        # A master that restarts waits for the requests in flight.
        f"process_control_timeout = {timeout + 5}s",
        f"[{name}]",
        f"listen = {layout.fpm_socket(name)}",
        *process_manager(php["pool"]),
        f"request_terminate_timeout = {timeout}s",
        "pm.status_path = /-/fpm-status",
        "ping.path = /-/fpm-ping",
        "security.limit_extensions = .php",
        f"env[TMPDIR] = {top}/tmp",
        *(f"php_admin_value[{ini_key(key)}] = {ini(value)}" for key, value in values.items()),
    ]
    return "\n".join(lines) + "\n"


def request_seconds(php):
    return int(php["pool"].get("request_terminate_timeout_seconds") or 60)


def process_manager(pool):
    manager = pool.get("pm") or "ondemand"
    if manager not in PROCESS_MANAGERS:
        raise StepError("invalid_value", f"{manager[:40]!r} is not a process manager of PHP-FPM")
    numbers = {"max_children": 5, "max_requests": 500, **{key: pool[key] for key in COUNTERS if pool.get(key) is not None}}
    lines = [f"pm = {manager}"]
    if manager == "dynamic":
        most = max(1, int(numbers["max_children"]))
        numbers = {"start_servers": 1, "min_spare_servers": 1, "max_spare_servers": max(1, most // 2), **numbers}
    for key in COUNTERS:
        if key in numbers and not (manager != "dynamic" and ("spare" in key or key == "start_servers")):
            lines.append(f"pm.{key} = {int(numbers[key])}")
    if manager == "ondemand":
        lines.append(f"pm.process_idle_timeout = {int(pool.get('idle_timeout_seconds') or 30)}s")
    return lines


def memory(limit):
    if not re.fullmatch(r"-1|[0-9]{1,6}[KMG]?", str(limit)):
        raise StepError("invalid_value", f"memory limit {str(limit)[:40]!r} is not allowed")
    return str(limit)
