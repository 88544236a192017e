"""Literals of PHP, nginx and PHP-FPM for values from manifests. A value that cannot be a literal is refused."""

from __future__ import annotations

import re

from ansible.module_utils.pressluft.steps import StepError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def php(value):
    """A PHP literal of a string, number, boolean, None, list or mapping."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(php(item) for item in value) + "]"
    if isinstance(value, dict):
        return "[" + ", ".join(f"{php(str(key))} => {php(item)}" for key, item in value.items()) + "]"
    if "\x00" in value:
        raise StepError("invalid_value", "a NUL byte cannot be written to wp-config.php")
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def php_name(name):
    """The name of a constant."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name):
        raise StepError("invalid_value", f"constant name {name[:100]!r} is not allowed")
    return name


def nginx(value):
    """A quoted nginx parameter. nginx has no escape for `$`, so it is refused."""
    if _CONTROL.search(value) or "$" in value:
        raise StepError("invalid_value", f"{value[:100]!r} cannot be written to an nginx configuration")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ini(value):
    """A quoted value of a PHP-FPM pool. Its parser expands `${…}` and has no reliable escape for `"`."""
    text = ("On" if value else "Off") if isinstance(value, bool) else str(value)
    if _CONTROL.search(text) or '"' in text or "${" in text or "\\" in text:
        raise StepError("invalid_value", f"{text[:100]!r} cannot be written to a PHP-FPM pool")
    return f'"{text}"'


def ini_key(key):
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+){0,3}", key):
        raise StepError("invalid_value", f"PHP setting {key[:100]!r} is not allowed")
    return key
