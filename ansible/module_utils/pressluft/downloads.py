"""Downloads of pinned files over HTTP: verified by sha256, limited in size, and led by redirects only to where the pin itself could lead."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

from ansible.module_utils.pressluft.steps import StepError

MAX_ARCHIVE_BYTES = 512 << 20
MAX_REDIRECTS = 5
ATTEMPTS = 3
TIMEOUT_SECONDS = 30


def download(url, sha256, destination):
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(attempt)
        try:
            actual = _fetch(url, destination)
        except urllib.error.HTTPError as error:
            problem = f"HTTP status {error.code}"
            error.close()
            if error.code in (404, 410):
                raise StepError("artifact_missing", f"{url[:300]}: {problem}") from None
            if error.code < 500 and error.code != 429:
                break
            continue
        # An answer that ends early or is no HTTP is an HTTPException, which is no OSError.
        except (OSError, ValueError, http.client.HTTPException) as error:
            problem = str(error) or type(error).__name__
            continue
        if actual != sha256:
            raise StepError("checksum_mismatch", f"{url[:300]}: sha256 is {actual}, pinned is {sha256}")
        return
    raise StepError("download_failed", f"{url[:300]}: {problem}")


def _fetch(url, destination):
    digest, size = hashlib.sha256(), 0
    with _open(url) as reply, open(destination, "wb") as handle:
        for block in iter(lambda: reply.read(1 << 18), b""):
            size += len(block)
            if size > MAX_ARCHIVE_BYTES:
                raise StepError("artifact_too_large", f"{url[:300]} is larger than {MAX_ARCHIVE_BYTES >> 20} MiB")
            digest.update(block)
            handle.write(block)
        # `read` with a size returns a shorter answer than announced without an error.
        if reply.length:
            raise http.client.IncompleteRead(b"", reply.length)
    return digest.hexdigest()


def _open(url):
    """The answer at the end of all redirects.

    Root's requests pass the node's firewall, so a foreign server must not send them to the node itself, its metadata service or its private
    network. What is verified is the address that was really connected to: a name could resolve to another one a moment later.
    """
    networks = None
    for _ in range(MAX_REDIRECTS + 1):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StepError("artifact_refused", f"{url[:200]}: only http and https are downloaded")
        proxied = parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.hostname)
        written = _network_of(parts.hostname)
        _check(written, networks, url)
        peers = []
        request = urllib.request.Request(url, headers={"User-Agent": "pressluft"})
        try:
            return _opener(lambda address: _peer(address, None if proxied else networks, url, peers)).open(request, timeout=TIMEOUT_SECONDS)
        except _Redirect as redirect:
            if networks is None:
                networks = {"public", written if proxied else peers[0]}
            url = urllib.parse.urljoin(url, redirect.target)
    raise StepError("artifact_refused", f"{url[:300]}: more than {MAX_REDIRECTS} redirects")


def _peer(address, networks, url, peers):
    network = _network_of(address)
    peers.append(network)
    _check(network, networks, url)


def _check(network, networks, url):
    if networks is not None and network is not None and network not in networks:
        raise StepError("artifact_refused", f"a redirect names {url[:300]}, which is not public ({network}); pin that URL itself if this is meant")


def _network_of(host):
    """`public`, or the kind of network that an address belongs to; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return "public" if address.is_global and not address.is_multicast else "private"


class _Redirect(Exception):
    def __init__(self, target):
        super().__init__(target)
        self.target = target


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        fp.close()
        raise _Redirect(newurl)


def _opener(check):
    """An opener that calls check(address) for each connection, before anything is sent through it."""

    def connect(address, *arguments, **more):
        connection = socket.create_connection(address, *arguments, **more)
        try:
            check(connection.getpeername()[0])
        except BaseException:
            connection.close()
            raise
        return connection

    def checked(kind):
        def create(*arguments, **more):
            created = kind(*arguments, **more)
            created._create_connection = connect
            return created

        return create

    class Http(urllib.request.HTTPHandler):
        def http_open(self, req):
            return self.do_open(checked(http.client.HTTPConnection), req)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, req):
            return self.do_open(checked(http.client.HTTPSConnection), req)

    opener = urllib.request.OpenerDirector()
    handlers = (urllib.request.ProxyHandler, Http, Https, urllib.request.HTTPDefaultErrorHandler, _NoRedirects, urllib.request.HTTPErrorProcessor)
    for handler in handlers:
        opener.add_handler(handler())
    return opener
