"""Whether a site works after a change: judged by what Pressluft answers for, and against how it was before."""

from __future__ import annotations

import time

from ansible.module_utils.pressluft import front_page
from ansible.module_utils.pressluft.steps import StepError

# For services that reload and for busy machines; at least two requests, however long one takes.
TEMPORARY_SECONDS = 20
# For an error of the site itself, which seldom goes away, while visitors see it.
SITE_SECONDS = 1.5
SERVER_ERROR_SECONDS = 5
PAUSE_SECONDS = 0.3

# Final states with the code of their failure; any other one is `verify_failed`.
CODES = {front_page.FATAL: "site_fatal", front_page.EMPTY: "site_empty", front_page.INSTALLER: "site_not_installed"}


def verify(environment, before=None):
    """A summary for people; raises StepError when the site does not work. `before` is a note of its front page before the change."""
    started, attempts = time.monotonic(), 0
    while True:
        page = front_page.look(environment)
        attempts += 1
        problem = problem_of(page, before)
        if problem is None:
            return summary(environment, page, before)
        if attempts > 1 and time.monotonic() - started > patience(page):
            raise StepError(CODES.get(page.state, "verify_failed"), problem)
        time.sleep(PAUSE_SECONDS)


def works(before):
    """Whether a note of a front page says that the site worked."""
    return (before or {}).get("state") == front_page.OK


def problem_of(page, before):
    if page.state != front_page.OK:
        return page.message
    if is_server_error(page.status) and page.status != (before or {}).get("status"):
        return f"the front page answers HTTP {page.status}"
    return None


def is_server_error(status):
    """503 is what maintenance and coming-soon plugins answer on purpose."""
    return status >= 500 and status != 503


def patience(page):
    if page.state in front_page.TEMPORARY:
        return TEMPORARY_SECONDS
    return SERVER_ERROR_SECONDS if page.state == front_page.OK else SITE_SECONDS


def summary(environment, page, before):
    if environment["state"] == "stopped":
        return str(page.status)
    text = f"{page.status} in {page.milliseconds} ms"
    known = (before or {}).get("status")
    if page.status < 400 or known is None:
        return text
    return f"{text}, as before the change" if known == page.status else f"{text}; {known} before the change"
