"""Whether the raw nginx directives of an environment stay within the list of allowed ones.

src/manifest/kinds/environment/nginx-tokens.ts and nginx-rules.ts decide the same on the controller; a node does not rely on that.
"""

from __future__ import annotations

import re

from ansible.module_utils.pressluft.nginx_directives import RULES
from ansible.module_utils.pressluft.steps import StepError

SPACES = " \t\r\n"
ESCAPES = {'"': '"', "'": "'", "\\": "\\", "t": "\t", "r": "\r", "n": "\n"}
DEEPEST = 8
PATTERNS = {name: re.compile(pattern) for name, pattern in RULES["patterns"].items()}
VARIABLE = re.compile(RULES["variables"])
UNBALANCED = "the braces or quotes of the nginx snippet are not balanced"


def check(snippet):
    """Raises a StepError for a snippet that says more than it may."""
    found = fault(snippet)
    if found is not None:
        line, _, message = found
        raise StepError("nginx_config_invalid", f"line {line} of spec.nginx.serverSnippet: {message}")


def fault(snippet):
    """(line, "syntax" or "directive", message) of the first fault, or None."""
    control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", snippet)
    if control:
        return snippet.count("\n", 0, control.start()) + 1, "syntax", UNBALANCED
    opened, line = ["server"], 1
    for line, kind, words in tokens(snippet):
        if kind == "broken":
            return line, "syntax", UNBALANCED
        if kind == "close":
            opened.pop()
            if not opened:
                return line, "syntax", UNBALANCED
            continue
        message = statement_fault(words, kind == "block", opened[-1])
        if message is not None:
            return line, "directive", message
        if kind == "block":
            opened.append(RULES["directives"][words[0]]["block"])
        if len(opened) > DEEPEST:
            return line, "syntax", UNBALANCED
    return None if len(opened) == 1 else (line, "syntax", UNBALANCED)


def tokens(text):
    """(line, kind, words) for each statement, as nginx reads them; kind is "simple", "block", "close" or, at the end, "broken"."""
    line, words, at = 1, [], 0
    while at < len(text):
        character = text[at]
        if character == "\n":
            line += 1
        if character in SPACES:
            at += 1
        elif character == "#":
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline
        elif character in ";{":
            if not words:
                yield line, "broken", []
                return
            yield line, "block" if character == "{" else "simple", words
            words = []
            at += 1
        elif character == "}":
            if words:
                yield line, "broken", []
                return
            yield line, "close", []
            at += 1
        else:
            word, end = (quoted_word if character in "\"'" else plain_word)(text, at)
            if word is None:
                yield line, "broken", []
                return
            words.append(word)
            line += text.count("\n", at, end)
            at = end
    if words:
        yield line, "broken", []


def quoted_word(text, start):
    end = start + 1
    while end < len(text) and text[end] != text[start]:
        end += 2 if text[end] == "\\" else 1
    if end + 1 >= len(text) or text[end + 1] not in SPACES + ";{)":
        return None, end
    return unescaped(text[start + 1 : end]), end + 1


def plain_word(text, start):
    end, after_dollar = start, False
    while end < len(text):
        character = text[end]
        if character == "{" and after_dollar:
            end += 1
            continue
        after_dollar = character == "$"
        if character == "\\":
            end += 1
        elif character in SPACES + ";{":
            break
        end += 1
    return (None, end) if end >= len(text) else (unescaped(text[start:end]), end)


def unescaped(text):
    """nginx keeps the backslash before any other character."""
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[0]), text, flags=re.DOTALL)


def statement_fault(statement, opens, context):
    name, words = statement[0], statement[1:]
    directive = RULES["directives"].get(name)
    if directive is None:
        return "this directive is not allowed in a snippet"
    if context not in directive["in"]:
        return f'"{name}" is not allowed inside of "{context}"'
    if opens != ("block" in directive):
        return f'"{name}" {"has no" if opens else "needs a"} block'
    given = condition(words) if name == "if" else words
    if given is not None and any(fits(form, given) for form in directive["forms"]):
        return None
    return f'these arguments of "{name}" are not allowed in a snippet'


def condition(words):
    """The words between the parentheses, which may stand alone or touch the words."""
    if not words or not words[0].startswith("(") or not words[-1].endswith(")"):
        return None
    inner = list(words)
    inner[0] = inner[0][1:]
    inner[-1] = inner[-1][:-1]
    return [word for index, word in enumerate(inner) if word or 0 < index < len(inner) - 1]


def fits(form, words):
    if len(form) == 1 and form[0].endswith("..."):
        return bool(words) and all(fits_pattern(form[0][:-3], word) for word in words)
    return len(form) == len(words) and all(fits_pattern(name, word) for name, word in zip(form, words))


def fits_pattern(name, word):
    pattern = PATTERNS.get(name)
    if pattern is None:
        return word == name
    return bool(pattern.fullmatch(word)) and (name in RULES["unexpanded"] or variables_allowed(word))


def variables_allowed(word):
    return all(
        VARIABLE.fullmatch(match[1] if match[1] is not None else match[2]) for match in re.finditer(r"\$(?:\{([^}]*)\}?|([A-Za-z0-9_]*))", word)
    )
