"""Renders the front page of an environment as a visitor, and judges what Pressluft answers for: WordPress boots, no fatal error, not empty.

What the site itself decides is `ok`: a private page (404), a coming-soon page (503), a redirect.
"""

import html
import http.client
import re
import socket
import threading
import time
import urllib.parse

import log_file

MAX_BODY = 4 << 20
MAX_REDIRECTS = 3
TIMEOUT_SECONDS = 30
MAX_MESSAGE = 300


def render(name, spec, token, log):
    """{state, status, message} of one environment. `log` is the path of its error log."""
    hosts = host_names(spec)
    path, before = "/", log_file.size(log)
    for _ in range(MAX_REDIRECTS + 1):
        try:
            answer = get(hosts[0], path, token)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return result("failed", None, f"no answer: {type(error).__name__}: {error}")
        if answer["marker"] != name:
            return result("failed", answer["status"], "another host answers for this name")
        target = answer["location"] if 300 <= answer["status"] < 400 else None
        if target is None:
            return judge(answer, fatal_error(log, before, path, answer))
        place = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://{hosts[0]}{path}", target))
        if place.path.endswith("/wp-admin/install.php"):
            return result("installer", answer["status"], "WordPress asks to be installed: its tables are missing or empty")
        if place.scheme != "http" or place.netloc not in hosts or place.path.startswith(("/wp-admin", "/wp-login.php")):
            return result("ok", answer["status"], "")
        path = urllib.parse.urlunsplit(("", "", place.path or "/", place.query, ""))
    return result("failed", answer["status"], f"more than {MAX_REDIRECTS} redirects, the last one to {path}")


def host_names(spec):
    hosts = spec.get("hosts") or {}
    main = urllib.parse.urlsplit(str(spec.get("site_url") or "")).netloc
    names = [main, hosts.get("primary"), hosts.get("preview"), *(hosts.get("aliases") or [])]
    return [str(host) for host in names if host] or [""]


def judge(answer, fatal):
    status, body = answer["status"], answer["body"]
    if fatal is not None:
        return result("fatal", status, fatal)
    if status == 500 and re.search(rb'<body id="error-page">|wp-die-message', body):
        return result("fatal", status, "WordPress shows its page for critical errors; its error log has no line about it")
    if not answer["wordpress"]:
        return result("failed", status, f"HTTP {status}, and WordPress did not start")
    if status in (500, 502, 504):
        return result("failed", status, f"HTTP {status}")
    if status < 400 and not is_visible(body):
        return result("empty", status, f"HTTP {status} with {len(body)} bytes and no visible content")
    return result("ok", status, "")


def result(state, status, message):
    return {"state": state, "status": status, "message": " ".join(message.split())[:MAX_MESSAGE]}


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


ENTRY = re.compile(rb"^(?=\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[)", re.MULTILINE)
FATAL = re.compile(rb"PHP (?:Fatal|Parse) error: +([^\r\n]*)")


def fatal_error(log, before, path, answer):
    """The line of the fatal error that this request ended in; None without one.

    nginx cuts long entries before the request that they belong to. Such an entry counts only if the answer itself is a failure.
    """
    broken = answer["status"] >= 500 or not is_visible(answer["body"])
    request = b'client: 127.0.0.1, server: %s, request: "GET %s ' % (rb"[^,]*", re.escape(path.encode()))
    for entry in reversed(ENTRY.split(log_file.read_since(log, before))):
        found = FATAL.search(entry)
        if found is None:
            continue
        owner = re.search(rb'client: [^ ]*, server: [^,]*, request: "', entry)
        if re.search(request, entry) or (owner is None and broken):
            line = found.group(1).decode("utf-8", "replace").split('" while reading')[0]
            return "PHP Fatal error: " + re.sub(r"/srv/pressluft/[^/\s]+/(?:slots/[ab]/releases/[^/\s]+|current/public)/", "", line).strip()
    return None


def get(host, path, token):
    """One request over the loopback address; TIMEOUT_SECONDS are for all of it."""
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=TIMEOUT_SECONDS)
    started = time.monotonic()
    # A socket timeout applies to each read: a site that sends single bytes slowly would never reach it.
    alarm = threading.Timer(TIMEOUT_SECONDS, hang_up, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        headers = {"Host": host, "X-Pressluft-Probe": token, "User-Agent": "Mozilla/5.0 (compatible; pressluft-probe)", "Accept": "text/html,*/*;q=0.8"}
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        body = reply.read(MAX_BODY)
        if time.monotonic() - started >= TIMEOUT_SECONDS:
            raise TimeoutError("the answer did not end in time")
        return {
            "status": reply.status,
            "marker": reply.getheader("X-Pressluft-Environment"),
            "wordpress": reply.getheader("X-Pressluft-WordPress"),
            "location": reply.getheader("Location"),
            "body": body,
        }
    finally:
        alarm.cancel()
        connection.close()


def hang_up(connection):
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass
