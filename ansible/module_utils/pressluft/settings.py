"""php.ini settings and constants from manifests, judged by the rules of the controller (src/manifest/kinds/environment/setting-rules.ts)."""

from __future__ import annotations

import re

from ansible.module_utils.pressluft.setting_rules import RULES
from ansible.module_utils.pressluft.steps import StepError

INI, CONSTANTS = RULES["ini"], RULES["constants"]
UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
MOST_EXACT = 2**53 - 1


def check_ini(environment):
    """The settings of an environment's PHP; raises for the first that may not be set so."""
    php = environment["php"]
    return _checked(php.get("ini") or {}, ini_fault, php.get("allowed_settings") or ())


def check_constants(environment):
    allowed = environment["php"].get("allowed_settings") or ()
    return _checked(environment["wordpress"].get("constants") or {}, constant_fault, allowed)


def _checked(settings, fault_of, allowed):
    for name, value in settings.items():
        fault = fault_of(name, value, allowed)
        if fault is not None:
            raise StepError("invalid_value", f"{str(name)[:100]!r} may not be set to {str(value)[:40]!r} ({fault})")
    return settings


def ini_fault(name, value, allowed=()):
    if name in INI["known"]:
        return None if is_value(INI["known"][name], value, "ini") else "value"
    folded = name.lower()
    if folded in INI["setBy"] or folded in INI["refused"]:
        return "refused"
    if folded not in INI["known"] and folded.startswith(tuple(INI["refusedPrefixes"])):
        return "refused"
    if name not in allowed:
        return "unknown"
    plain = not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9 _.,:/+*@%=&|~^!()-]{0,1000}", value)
    return None if plain else "value"


def constant_fault(name, value, allowed=()):
    if name in CONSTANTS["known"]:
        return None if is_value(CONSTANTS["known"][name], value, "constant") else "value"
    if name in CONSTANTS["managed"] or name.startswith(tuple(CONSTANTS["managedPrefixes"])):
        return "refused"
    if re.fullmatch(CONSTANTS["secret"], name):
        return "refused"
    if name not in allowed and not re.fullmatch(CONSTANTS["own"], name):
        return "unknown"
    return None if isinstance(value, (str, int, float, bool)) else "value"


def is_value(rule, value, target):
    kind, more = rule["type"], rule.get("boolean") is True
    if isinstance(value, bool):
        return kind == "boolean" or more
    text = _text(value)
    if text is None:
        return False
    switch = target == "ini" and re.fullmatch(r"(?ai:on|off)", text)
    if switch:
        return kind == "boolean" or more or (kind == "text" and bool(re.fullmatch(rule["pattern"], text)))
    if kind == "boolean":
        return target == "ini" and text in ("0", "1")
    if kind in ("integer", "seconds"):
        exact = re.fullmatch(r"0|-?[1-9][0-9]{0,14}", text) and (target == "ini" or isinstance(value, int))
        return bool(exact) and rule["min"] <= int(text) <= rule["max"]
    if kind == "size":
        size = size_of(text)
        return size is not None and size_of(rule["min"]) <= size <= size_of(rule["max"])
    if kind == "enum":
        return text in rule["values"]
    if kind == "timezone":
        return text in RULES["timezones"]
    return bool(re.fullmatch(rule["pattern"], text))


def size_of(text):
    found = re.fullmatch(r"([1-9][0-9]{0,9})([KMG]?)", text)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


def _text(value):
    if isinstance(value, str):
        return value
    whole = isinstance(value, int) and abs(value) <= MOST_EXACT
    return str(value) if whole else None
