"""Asks nginx whether a configuration is valid, without letting it act: even `nginx -t` creates files, changes owners and opens sockets.

The test is a transient unit that can write to its own directory only and has no network but its own. What nginx says may quote any file
that it was told to include, so its words stay on the node; only the place is reported.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.commands import run
from ansible.module_utils.pressluft.steps import StepError

MAIN = "/etc/nginx/nginx.conf"
INCLUDE = "include /etc/nginx/pressluft/sites/*.conf;"
PID = "/run/nginx/nginx.pid"
DETAILS = "/var/lib/pressluft/nginx-test"
SITES, SNIPPETS = layout.NGINX + "/sites", layout.NGINX + "/snippets"

PROPERTIES = (
    "ProtectSystem=strict",
    # Nothing of /run but the directory of the test: a writable path below it would make all of it writable.
    "TemporaryFileSystem=/run:ro",
    "ProtectHome=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectControlGroups=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "PrivateNetwork=yes",
    "RestrictNamespaces=yes",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
    "UMask=0077",
    "MemoryMax=512M",
    "TasksMax=32",
    "RuntimeMaxSec=50",
)
# systemd leaves out what a machine cannot do, so the sandbox is tried from inside before nginx is started. `test -w` does
# not tell: it knows permissions only.
GUARDED = """
for directory in / /etc /run /srv /usr /var/lib /var/log; do
	if ( : >"$directory/.pressluft-test" ) 2>/dev/null; then
		rm -f "$directory/.pressluft-test"; echo "$directory can be written to" >&2; exit 1
	fi
done
test "$(wc -l </proc/self/net/route)" -le 1 || { echo "the network can be reached" >&2; exit 1; }
echo sandboxed
exec /usr/sbin/nginx -t -q -e stderr -c "$1"
"""


class Fault(NamedTuple):
    """`message` may be reported; `details` are the words of nginx."""

    message: str
    details: str


def fault(root, main, sites, snippets=None):
    """The Fault of a configuration, or None. `sites` and `snippets` are texts by file name; `root` is an empty directory for the test."""
    if INCLUDE not in main:
        raise StepError("not_provisioned", f"{MAIN} is not Pressluft's; provision the node first")
    for directory in ("sites", "snippets"):
        os.mkdir(f"{root}/{directory}")
    for name, text in (snippets or {}).items():
        put(f"{root}/snippets/{name}", text)
    for name, text in sites.items():
        own = [snippet for snippet in snippets or {} if f"{SNIPPETS}/{snippet};" in text]
        for snippet in own:
            text = text.replace(f"{SNIPPETS}/{snippet};", f"{root}/snippets/{snippet};")
        put(f"{root}/sites/{name}", without_logs(text, root))
    put(f"{root}/nginx.conf", without_logs(main.replace(INCLUDE, f"include {root}/sites/*.conf;").replace(PID, f"{root}/pid"), root))
    options = [word for text in (*PROPERTIES, f"BindPaths={root}") for word in ("-p", text)]
    command = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *options, "/bin/sh", "-c", GUARDED, "nginx-test", f"{root}/nginx.conf"]
    status, stdout, stderr = run(command, timeout=60)
    if stdout.strip() != "sandboxed":
        reason = "; ".join(line.strip() for line in stderr.splitlines() if line.strip())[:300]
        raise StepError("sandbox_unavailable", f"the test of nginx's configuration could not be isolated, so it was not made: {reason or f'systemd-run ended with status {status}'}")
    return None if status == 0 else Fault(place_of(stderr, root), stderr)


def without_logs(text, root):
    """nginx opens its logs in a test, and they are not writable there."""
    return re.sub(r"(?:/srv/pressluft/[a-z0-9-]+/logs|/var/log/nginx)/[a-z.]+", f"{root}/log", text)


def place_of(output, root):
    """A sentence with the place that nginx names, and nothing else of what it says."""
    found = re.findall(r" in (/[A-Za-z0-9_./-]+):([0-9]{1,6})$", output, re.MULTILINE)
    path, line = found[-1] if found else ("", "")
    kind, name = os.path.basename(os.path.dirname(path)), os.path.basename(path)
    if kind == "snippets":
        return f"nginx does not accept line {line} of spec.nginx.serverSnippet of {name.removesuffix('.conf')}"
    if kind == "sites":
        return f"nginx does not accept line {line} of {SITES}/{name}"
    return f"nginx does not accept line {line} of {MAIN}" if path == f"{root}/nginx.conf" else "nginx does not accept the configuration"


def keep(name, details):
    """Keeps the words of nginx for root of the node; returns the sentence that says where."""
    os.makedirs(DETAILS, mode=0o700, exist_ok=True)
    path = f"{DETAILS}/{name}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as handle:
        handle.write(details[-20000:])
    return f"its own words are in {path} on the node"


def put(path, text):
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as handle:
        handle.write(text)
