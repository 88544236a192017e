"""What the answer of a front page says about a site: only what Pressluft answers for, never its content. Used by the converge and by the site checks of a node."""

from __future__ import annotations

import html
import re
import urllib.parse

# States of a page. `ok`: WordPress answered by itself, whatever the status says to visitors: a private page (404), a coming-soon page (503), a redirect.
OK, EMPTY, FATAL, INSTALLER = "ok", "empty", "fatal", "installer"
NOT_BOOTED = "not_booted"
NOT_SERVED = "not_served"

# Written by the mu-plugin when the headers were already sent.
FATAL_MARK = b"<!-- pressluft-fatal: "
# In English only: the page is made before the language of the site is known for certain.
NO_DATABASE = b"Error establishing a database connection"


def judge(status, headers, body):
    """(state, message) of an answer; the names of headers are in lower case."""
    if is_installer(headers.get("location") or ""):
        return INSTALLER, "WordPress asks to be installed: its tables are missing or empty"
    if status in (502, 504):
        return NOT_SERVED, f"the front page answers HTTP {status}"
    if "x-pressluft-wordpress" not in headers:
        return NOT_BOOTED, f"WordPress cannot connect to its database (HTTP {status})" if NO_DATABASE in body else f"WordPress does not start (HTTP {status})"
    if "x-pressluft-fatal" in headers or FATAL_MARK in body[-4096:]:
        return FATAL, f"the front page ends in a PHP error (HTTP {status})"
    if status == 500 and re.search(rb'<body id="error-page">|wp-die-message', body):
        return FATAL, f"WordPress shows its page for critical errors (HTTP {status})"
    if 200 <= status < 300 and not is_visible(body):
        return EMPTY, f"the front page is empty (HTTP {status} with {len(body)} bytes and no visible content)"
    return OK, ""


def is_installer(location):
    return urllib.parse.urlsplit(location).path in ("/wp-admin/install.php", "/wp-admin/setup-config.php")


def reported_fatal(headers, body):
    """The error as the mu-plugin reports it: percent-encoded, in a header or at the end of the page. Empty without one."""
    text = headers.get("x-pressluft-fatal")
    if text is None and FATAL_MARK in body:
        text = body.rsplit(FATAL_MARK, 1)[1].split(b" -->", 1)[0].decode("ascii", errors="replace")
    return urllib.parse.unquote(text[:4096]) if text else ""


VISIBLE = re.compile(rb"<(?:img|svg|video|audio|iframe|canvas|object|embed|picture|input|button|select|textarea)[\s>/]", re.IGNORECASE)
# A page that scripts fill in the browser has an element for them and a script of its own.
SCRIPTED = re.compile(rb"<[a-z][a-z0-9-]*\s[^>]*\bid=[^>]*>.*<script[^>]*\bsrc=", re.IGNORECASE | re.DOTALL)
INVISIBLE = re.compile(rb"<!--.*?-->|<(script|style|template|noscript|head|title)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def is_visible(body):
    """Whether a visitor sees anything."""
    start = re.search(rb"<body[\s>]", body, re.IGNORECASE)
    inner = body[start.start() :] if start else body
    shown = INVISIBLE.sub(b" ", inner)
    if VISIBLE.search(shown):
        return True
    text = html.unescape(re.sub(rb"<[^>]*>", b" ", shown).decode("utf-8", "replace"))
    return bool(re.search(r"\w|[^\s\u00a0\u200b-\u200f\ufeff]", text)) or bool(SCRIPTED.search(inner))
