"""The PHP error that explains a failure, from an environment's error log. The site can write to it, so it is untrusted and bounded."""

from __future__ import annotations

import re

from ansible.module_utils.pressluft import layout, log_file, site_secrets

MAX_LINE = 600
# nginx writes what PHP reports as `FastCGI sent in stderr: "PHP message: PHP Fatal error:  …" while reading …`.
FATAL = re.compile(r'(?:PHP )?(?:Fatal|Parse|Recoverable fatal) error:\s+[^\r\n]*?(?=; PHP message:|PHP message:|" while reading|[\r\n]|$)')


def position(name):
    """The end of the log: errors after it are new."""
    return log_file.size(path(name))


def fatal_since(name, offset):
    """The last fatal error that was logged after `offset`, in one line; empty if there is none."""
    return fatal_in(name, log_file.read_since(path(name), offset).decode(errors="replace"))


def fatal_in(name, text):
    """The last fatal error of a text, as the command line prints it or as it is logged."""
    found = FATAL.findall(text)
    return plain(name, found[-1]) if found else ""


def path(name):
    return f"{layout.base(name)}/logs/error.log"


def plain(name, text):
    """One printable, bounded line without the environment's own secrets."""
    line = re.sub(r"\s+", " ", "".join(character if character.isprintable() else " " for character in text)).strip()
    for secret in own_secrets(name):
        line = line.replace(secret, "…")
    return line if len(line) <= MAX_LINE else line[: MAX_LINE - 1] + "…"


def own_secrets(name):
    stored = site_secrets.load(name)
    values = [value for key, value in stored.items() if key.endswith("password")] + list((stored.get("salts") or {}).values())
    return [value for value in values if isinstance(value, str) and len(value) >= 8]
