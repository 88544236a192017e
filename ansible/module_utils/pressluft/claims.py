"""Names that environments of a node claim: host names, and those of users, databases and the cache. Each belongs to one environment.

The planner decides who gets a name; the node checks again, because what two environments share, one can take from the other.
"""

from __future__ import annotations

import os
import re

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.activation import listing
from ansible.module_utils.pressluft.files import read_json, read_text

KINDS = ("unix_user", "database", "database_user", "redis_user", "redis_prefix")
SERVER_NAME = re.compile(r"^\tserver_name ([^;]+);$", re.MULTILINE)


class Hosts:
    """Host names of an environment. Its preview host follows from its name, so no other environment can have a right to it."""

    def __init__(self, preview, written):
        self.preview = preview
        self.written = written

    def __contains__(self, host):
        return host == self.preview or host in self.written


def taken(environments):
    """{environment: message} of those that claim a name of another one. Of two that are new both are refused."""
    names = {environment["name"] for environment in environments}
    wanted = {environment["name"]: hosts_of(environment) for environment in environments}
    live = live_hosts()
    others = {**{name: hosts for name, hosts in live.items() if name not in names}, **wanted}
    records = recorded()
    refused = {}
    for environment in environments:
        own = environment["name"]
        message = taken_host(wanted[own], live.get(own), {name: hosts for name, hosts in others.items() if name != own})
        claims = {**records, **{other["name"]: other for other in environments}}
        message = message or taken_name(environment, records.get(own) or {}, {name: claim for name, claim in claims.items() if name != own})
        if message:
            refused[own] = message
    return refused


def taken_host(wanted, live, others):
    """A host that is live already stays, unless it is the preview host of another environment."""
    for host in wanted.written:
        for other, hosts in others.items():
            if host in hosts and (host == hosts.preview or live is None or host not in live):
                return f"host name {host} belongs to environment {other} on this node"
    return None


def taken_name(environment, record, others):
    for kind in KINDS:
        for other, claim in others.items():
            if environment.get(kind) and environment[kind] == claim.get(kind) != record.get(kind):
                return f"{kind} {environment[kind]} belongs to environment {other} on this node"
    return None


def hosts_of(environment):
    hosts = environment["hosts"]
    redirected = [redirect["from"] for redirect in hosts.get("redirects") or [] if not redirect["from"].startswith("/")]
    return Hosts(hosts["preview"], [host for host in (hosts.get("primary"), *(hosts.get("aliases") or []), *redirected) if host])


def live_hosts():
    """{environment: Hosts} as nginx has them; vhost.render writes the preview host first."""
    found = {}
    for path in listing(layout.NGINX + "/sites", ".conf"):
        names = [name for line in SERVER_NAME.findall(read_text(path) or "") for name in line.split()]
        if names:
            found[os.path.basename(path)[: -len(".conf")]] = Hosts(names[0], names[1:])
    return found


def recorded():
    """{environment: applied specification}; what is retained keeps its names on the node."""
    found = {}
    for path in listing(layout.STATE + "/environments", ".json"):
        spec = (read_json(path) or {}).get("spec")
        if isinstance(spec, dict):
            found[os.path.basename(path)[: -len(".json")]] = spec
    return found
