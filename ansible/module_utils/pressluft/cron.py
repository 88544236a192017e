"""WordPress's scheduler as a system cron entry: every ten minutes, spread over the environments."""

from __future__ import annotations

import hashlib

from ansible.module_utils.pressluft import layout

PERIOD_MINUTES = 10


def render(environment):
    name, top = environment["name"], layout.base(environment["name"])
    first = int(hashlib.sha256(name.encode()).hexdigest(), 16) % PERIOD_MINUTES
    minutes = ",".join(str(minute) for minute in range(first, 60, PERIOD_MINUTES))
    version = layout.checked("php_version", environment["php"]["version"])
    command = (
        # Lock and time limit: hanging jobs must not accumulate.
        f"flock -n {top}/tmp/cron.lock timeout 540 php{version} -d memory_limit=256M /usr/local/bin/wp"
        f" --path={top}/current/public cron event run --due-now --quiet"
    )
    return (
        f"# environment/{name}, managed by Pressluft\n"
        "SHELL=/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\nMAILTO=\"\"\n"
        f"WP_CLI_CACHE_DIR={top}/tmp\nTMPDIR={top}/tmp\n"
        f"{minutes} * * * * {environment['unix_user']} {command} 2>&1 | logger -t pressluft-cron-{name}\n"
    )
