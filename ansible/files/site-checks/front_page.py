"""Renders the front page of an environment as a visitor, and judges what Pressluft answers for."""

import http.client
import re
import socket
import threading
import time
import urllib.parse

import log_file
import page_judge

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
        if answer["headers"].get("x-pressluft-environment") != name:
            return result("failed", answer["status"], "another host answers for this name")
        target = answer["headers"].get("location") if 300 <= answer["status"] < 400 else None
        if target is None:
            return judge(answer, fatal_error(log, before, path, answer))
        place = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://{hosts[0]}{path}", target))
        if page_judge.is_installer(target):
            return judge(answer, None)
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
    status, state, message = answer["status"], *page_judge.judge(answer["status"], answer["headers"], answer["body"])
    if fatal is None and state == page_judge.FATAL:
        fatal = without_directory(page_judge.reported_fatal(answer["headers"], answer["body"])) or f"{message}; its error log has no line about it"
    if fatal is not None:
        return result("fatal", status, fatal)
    if state in (page_judge.NOT_BOOTED, page_judge.NOT_SERVED):
        return result("failed", status, message)
    if state == page_judge.OK and status == 500:
        return result("failed", status, f"HTTP {status}")
    return result(state, status, message)


def result(state, status, message):
    return {"state": state, "status": status, "message": " ".join(message.split())[:MAX_MESSAGE]}


ENTRY = re.compile(rb"^(?=\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[)", re.MULTILINE)
FATAL = re.compile(rb"PHP (?:Fatal|Parse) error: +([^\r\n]*)")


def fatal_error(log, before, path, answer):
    """The line of the fatal error that this request ended in; None without one.

    nginx cuts long entries before the request that they belong to. Such an entry counts only if the answer itself is a failure.
    """
    broken = answer["status"] >= 500 or not page_judge.is_visible(answer["body"])
    request = b'client: 127.0.0.1, server: %s, request: "GET %s ' % (rb"[^,]*", re.escape(path.encode()))
    for entry in reversed(ENTRY.split(log_file.read_since(log, before))):
        found = FATAL.search(entry)
        if found is None:
            continue
        owner = re.search(rb'client: [^ ]*, server: [^,]*, request: "', entry)
        if re.search(request, entry) or (owner is None and broken):
            line = found.group(1).decode("utf-8", "replace").split('" while reading')[0]
            return "PHP Fatal error: " + without_directory(line)
    return None


def without_directory(text):
    return re.sub(r"/srv/pressluft/[^/\s]+/(?:slots/[ab]/releases/[^/\s]+|current/public)/", "", text).strip()


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
        headers = {key.lower(): value for key, value in reply.getheaders()}
        return {"status": reply.status, "headers": headers, "body": body}
    finally:
        alarm.cancel()
        connection.close()


def hang_up(connection):
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass
