"""One request to an environment over the loopback address, as the node's own probe."""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.parse
from typing import NamedTuple

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import read_json

MAX_BODY_BYTES = 1 << 20


class Reply(NamedTuple):
    status: int
    milliseconds: int
    headers: dict
    # The first MAX_BODY_BYTES.
    body: bytes


def host_of(environment):
    return urllib.parse.urlsplit(environment["site_url"]).netloc or environment["hosts"]["preview"]


def get(host, timeout=30):
    """The front page; raises OSError or HTTPException. `timeout` is for the whole request."""
    token = (read_json(layout.NODE_SECRETS) or {}).get("probe_token", "")
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=timeout)
    started = time.monotonic()
    # A socket timeout applies to each read: a site that sends single bytes slowly would never reach it.
    alarm = threading.Timer(timeout, hang_up, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("GET", "/", headers={"Host": host, "X-Pressluft-Probe": token, "User-Agent": "pressluft-probe"})
        reply = connection.getresponse()
        body = reply.read(MAX_BODY_BYTES)
        if time.monotonic() - started >= timeout:
            raise TimeoutError(f"the answer did not end within {timeout} s")
        headers = {key.lower(): value for key, value in reply.getheaders()}
        return Reply(reply.status, int((time.monotonic() - started) * 1000), headers, body)
    finally:
        alarm.cancel()
        connection.close()


def hang_up(connection):
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass
