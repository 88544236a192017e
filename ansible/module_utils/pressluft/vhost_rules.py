"""What the typed nginx settings of an environment become: maps before its server block, and lines inside of it.

The rules of a path are looked up in maps, not written into `location` blocks: nginx serves a request by one location only, so a location
for an access rule would replace the one that runs PHP or protects files. A map keeps its first result while nginx redirects a request
internally, so all rules see the path that the visitor asked for.
"""

from __future__ import annotations

import ipaddress
import re

from ansible.module_utils.pressluft.quoting import nginx as quoted
from ansible.module_utils.pressluft.steps import StepError

HEADERS = (
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Link",
    "Origin-Agent-Cluster",
    "Permissions-Policy",
    "Referrer-Policy",
    "Reporting-Endpoints",
    "Timing-Allow-Origin",
    "X-Content-Type-Options",
    "X-DNS-Prefetch-Control",
    "X-Frame-Options",
    "X-Permitted-Cross-Domain-Policies",
    "X-Pingback",
    "X-Powered-By",
    "X-Robots-Tag",
)
ANSWERS = (200, 204, 403, 404, 410, 451, 503)
CONTENT_TYPES = ("text/plain", "text/html", "text/css", "application/json", "application/xml")
STATIC = "css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|pdf"
DEFAULT_LIFETIME = "30d"
# The certificate authority asks for this path from any address.
CHALLENGE = '\t"~^/\\.well-known/acme-challenge/" acme;\n'


class Rules:
    """The rules of one environment. `maps`: text before the server block; `server`: its lines; `expires`: argument of that directive."""

    def __init__(self, name, nginx, base_headers):
        self._suffix = re.sub(r"[^a-z0-9]", "_", name)
        self._places = [Place(index, location) for index, location in enumerate(nginx["locations"], 1)]
        self._nginx = nginx
        self.maps = self._place_map() + self._access_maps() + self._lifetime_maps()
        self.server = f"\tclient_max_body_size {int(nginx['max_body_bytes'])};\n"
        if self._places:
            # Looks the path up before anything redirects the request.
            self.server += f"\tset $pressluft_place $pressluft_place_{self._suffix};\n"
        if self._restricted:
            self.server += f"\tif ($pressluft_refused_{self._suffix}) {{ return 403; }}\n"
        self._add_headers(base_headers)
        by_place = any(place.has_lifetime for place in self._places)
        self.expires = f"$pressluft_{'expires' if by_place else 'kept'}_{self._suffix}" if self._has_lifetimes else None

    def answers(self):
        """Written for a running environment only. The addresses cannot be asked for from outside."""
        text = ""
        for place in self._places:
            if place.answer:
                text += f"\tif ($pressluft_place_{self._suffix} = {place.index}) {{ rewrite ^ /.pressluft/answer/{place.index} last; }}\n"
                text += f"\tlocation = /.pressluft/answer/{place.index} {{\n\t\tinternal;\n{answer_lines(place.answer)}\t}}\n"
        return text

    @property
    def _restricted(self):
        return any(place.allow or place.deny for place in [*self._places, Place(0, self._nginx)])

    @property
    def _has_lifetimes(self):
        return bool(self._nginx["lifetimes"]) or any(place.has_lifetime for place in self._places)

    def _map(self, source, variable, lines):
        return f"map {source} $pressluft_{variable}_{self._suffix} {{\n{''.join(lines)}}}\n"

    def _place_map(self):
        """The number of the location that decides about a path."""
        if not self._places and not self._restricted:
            return ""
        in_order = sorted(self._places, key=lambda place: (not place.exact, -len(place.path)))
        return self._map("$uri", "place", ["\tdefault 0;\n", CHALLENGE, *(f'\t"{place.pattern}" {place.index};\n' for place in in_order)])

    def _access_maps(self):
        if not self._restricted:
            return ""
        everywhere = Place(0, self._nginx)
        lists = [place for place in [everywhere, *self._places] if place.allow or place.deny]
        text = "".join(self._geo(place) for place in lists)
        by_place = {place.index: f"$pressluft_from_{self._suffix}_{place.index}" for place in lists}
        lines = [f"\tdefault {by_place.pop(0, '0')};\n", '\t"~^1 " 0;\n', '\t"0 acme" 0;\n']
        lines += [f'\t"0 {index}" {variable};\n' for index, variable in by_place.items()]
        return text + self._map(f'"$pressluft_probe $pressluft_place_{self._suffix}"', "refused", lines)

    def _geo(self, place):
        """1 for an address that is refused. nginx takes the smallest network that contains the address."""
        networks = {**{network(text): 0 for text in place.allow}, **{network(text): 1 for text in place.deny}}
        lines = "".join(f"\t{text} {value};\n" for text, value in networks.items())
        return f"geo $pressluft_from_{self._suffix}_{place.index} {{\n\tdefault {1 if place.allow else 0};\n{lines}}}\n"

    def _lifetime_maps(self):
        if not self._has_lifetimes:
            return ""
        lines = ["\tdefault off;\n"]
        lines += [f'\t"~*\\.{checked_extension(extension)}\\z" {lifetime(seconds)};\n' for extension, seconds in self._nginx["lifetimes"].items()]
        lines.append(f'\t"~*\\.(?:{STATIC})\\z" {DEFAULT_LIFETIME};\n')
        files = self._map("$uri", "kept", lines)
        special = [f"\t{place.index} {lifetime(place.lifetime)};\n" for place in self._places if place.has_lifetime]
        if not special:
            return files
        return files + self._map(f"$pressluft_place_{self._suffix}", "expires", [f"\tdefault $pressluft_kept_{self._suffix};\n", *special])

    def _add_headers(self, base):
        own = self._nginx["headers"]
        for name in dict.fromkeys([*base, *own, *(name for place in self._places for name in place.headers)]):
            if name not in HEADERS:
                raise StepError("invalid_value", f"the header {name[:100]!r} is not allowed")
            local = {place.index: place.headers[name] for place in self._places if name in place.headers}
            if name in own or local:
                self.server += f"\tfastcgi_hide_header {name};\n"
            value = own[name] if name in own else base.get(name, "")
            if local:
                self.server += f"\tadd_header {name} {self._header_map(name, local, name in own or name in base, value)} always;\n"
            elif value:
                self.server += f"\tadd_header {name} {quoted(value)} always;\n"

    def _header_map(self, name, local, known, value):
        # By number: with its name, a header and an environment could together be called like another pair.
        variable = f"header_{HEADERS.index(name)}"
        default = quoted(value or "") if known else f"$upstream_http_{name.lower().replace('-', '_')}"
        lines = [f"\tdefault {default};\n", *(f"\t{index} {quoted(text or '')};\n" for index, text in local.items())]
        self.maps += self._map(f"$pressluft_place_{self._suffix}", variable, lines)
        return f"$pressluft_{variable}_{self._suffix}"


class Place:
    """One location of the manifest, or the environment's own lists as number 0."""

    def __init__(self, index, location):
        self.index = index
        self.allow, self.deny, self.headers = location["allow"], location["deny"], location["headers"]
        self.answer = location.get("answer")
        self.has_lifetime, self.lifetime = "lifetime" in location, location.get("lifetime")
        self.exact = location.get("match") == "exact"
        self.path = checked_path(location["path"]) if index else ""

    @property
    def pattern(self):
        if self.exact:
            return f"~^{literal(self.path)}\\z"
        return "~^" + literal(self.path.rstrip("/")) + "(?:/|\\z)"


def answer_lines(answer):
    status, text = answer["status"], answer["text"]
    if status not in ANSWERS or answer["content_type"] not in CONTENT_TYPES:
        raise StepError("invalid_value", "the status or content type of an answer is not allowed")
    if status == 204 or (status >= 400 and not text):
        return f"\t\treturn {status};\n"
    words = "\\n".join(quoted(line)[1:-1] for line in text.split("\n"))
    return f"\t\tdefault_type {quoted(answer['content_type'] + '; charset=utf-8')};\n\t\treturn {status} \"{words}\";\n"


def checked_path(path):
    if not re.fullmatch(r"/[A-Za-z0-9._~@+/-]{0,255}", path):
        raise StepError("invalid_value", f"the path {path[:100]!r} of a location is not allowed")
    return path


def literal(path):
    return re.sub(r"[.+]", r"\\\g<0>", path)


def checked_extension(extension):
    if not re.fullmatch(r"[a-z0-9]{1,12}", extension):
        raise StepError("invalid_value", f"the extension {extension[:100]!r} is not allowed")
    return extension


def lifetime(seconds):
    return "off" if seconds is None else f"{int(seconds)}s"


def network(text):
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise StepError("invalid_value", f"{text[:100]!r} is not a network") from error
