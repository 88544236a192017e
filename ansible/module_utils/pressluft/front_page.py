"""The front page of an environment before and after a change."""

from __future__ import annotations

import http.client
from typing import NamedTuple

from ansible.module_utils.pressluft import error_log, loopback, page_judge
from ansible.module_utils.pressluft.page_judge import EMPTY, FATAL, INSTALLER, NOT_BOOTED, NOT_SERVED, OK

OTHER_VERSION = "other_version"

# States that are not the code's doing until proven otherwise: a service that restarts, a busy machine.
TEMPORARY = frozenset((NOT_BOOTED, OTHER_VERSION, NOT_SERVED))


class Page(NamedTuple):
    state: str
    status: int | None
    milliseconds: int
    # The problem in one line; empty when `ok`.
    message: str

    def note(self):
        """For later phases, which read it from the results of earlier ones."""
        return {"state": self.state, "status": self.status}


def look(environment):
    since = error_log.position(environment["name"])
    try:
        reply = loopback.get(loopback.host_of(environment))
    except (OSError, http.client.HTTPException) as error:
        return Page(NOT_SERVED, None, 0, f"no answer from nginx: {error}"[:300])
    state, message = judge(environment, reply)
    if state in (FATAL, NOT_BOOTED):
        cause = error_log.plain(environment["name"], page_judge.reported_fatal(reply.headers, reply.body)) or error_log.fatal_since(environment["name"], since)
        # Without an error of PHP it is likely the database, which may come back.
        state, message = (FATAL, f"{message}: {cause}") if cause else (state, message)
    return Page(state, reply.status, reply.milliseconds, message)


def judge(environment, reply):
    """(state, message) of a reply."""
    status, headers = reply.status, reply.headers
    if headers.get("x-pressluft-environment") != environment["name"]:
        return NOT_SERVED, f"another host answers for {loopback.host_of(environment)} (HTTP {status})"
    if environment["state"] == "stopped":
        return (OK, "") if status == 503 else (NOT_SERVED, f"stopped, but it answers HTTP {status}")
    state, message = page_judge.judge(status, headers, reply.body)
    if "x-pressluft-wordpress" not in headers or state in (FATAL, NOT_SERVED):
        return state, message
    version, wanted = headers["x-pressluft-wordpress"], str(environment["wordpress"]["version"])
    if version != wanted:
        return OTHER_VERSION, f"WordPress {version[:40]} answers instead of {wanted}"
    return state, message
