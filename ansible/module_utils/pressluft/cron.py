"""WordPress's scheduler as a system cron entry: every ten minutes, spread over the environments."""

from __future__ import annotations

import hashlib

from ansible.module_utils.pressluft import layout

PERIOD_MINUTES = 10


def render(environment):
    name = layout.checked("name", environment["name"])
    first = int(hashlib.sha256(name.encode()).hexdigest(), 16) % PERIOD_MINUTES
    minutes = ",".join(str(minute) for minute in range(first, 60, PERIOD_MINUTES))
    return (
        f"# environment/{name}, managed by Pressluft\n"
        "SHELL=/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\nMAILTO=\"\"\n"
        f"{minutes} * * * * root {layout.PROGRAMS}/site-run --unit=cron --cron {name}\n"
    )
