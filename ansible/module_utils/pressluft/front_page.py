"""What a front page says about a site: only what Pressluft answers for, never its content."""

from __future__ import annotations

import http.client
import urllib.parse
from typing import NamedTuple

from ansible.module_utils.pressluft import error_log, loopback

# States of a page. `ok`: WordPress answered by itself, whatever the status says to visitors.
OK, EMPTY, FATAL, INSTALLER = "ok", "empty", "fatal", "installer"
NOT_BOOTED, OTHER_VERSION, NOT_SERVED = "not_booted", "other_version", "not_served"

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
        cause = fatal_of(environment["name"], reply) or error_log.fatal_since(environment["name"], since)
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
    if status in (502, 504):
        return NOT_SERVED, f"the front page answers HTTP {status}"
    if is_installer(headers.get("location") or ""):
        return INSTALLER, "WordPress asks to be installed: its tables are missing or empty"
    if "x-pressluft-wordpress" not in headers:
        return NOT_BOOTED, f"WordPress does not start (HTTP {status})"
    if "x-pressluft-fatal" in headers or FATAL_MARK in reply.body[-4096:]:
        return FATAL, f"the front page ends in a PHP error (HTTP {status})"
    version, wanted = headers["x-pressluft-wordpress"], str(environment["wordpress"]["version"])
    if version != wanted:
        return OTHER_VERSION, f"WordPress {version[:40]} answers instead of {wanted}"
    if 200 <= status < 300 and not reply.body.strip():
        return EMPTY, f"the front page is empty (HTTP {status})"
    return OK, ""


# Written by the mu-plugin when the headers were already sent.
FATAL_MARK = b"<!-- pressluft-fatal: "


def fatal_of(name, reply):
    """The error as the mu-plugin reports it: percent-encoded, in a header or at the end of the page."""
    text = reply.headers.get("x-pressluft-fatal")
    if text is None and FATAL_MARK in reply.body:
        text = reply.body.rsplit(FATAL_MARK, 1)[1].split(b" -->", 1)[0].decode("ascii", errors="replace")
    return error_log.plain(name, urllib.parse.unquote(text[:4096])) if text else ""


def is_installer(location):
    return urllib.parse.urlsplit(location).path in ("/wp-admin/install.php", "/wp-admin/setup-config.php")
