"""Ownership of an environment's data: only the resource whose uid claimed it may change it."""

from __future__ import annotations

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import read_json
from ansible.module_utils.pressluft.steps import StepError


def claimed_uid(name):
    """The uid that claimed this name; None if it is unclaimed."""
    for path in (layout.record_path(name), layout.secrets_path(name)):
        document = read_json(path)
        if document and document.get("uid"):
            return document["uid"]
    return None


def check_claim(environment):
    """Refuses an environment whose name another resource has claimed on this node, unless it may adopt."""
    owner = claimed_uid(environment["name"])
    if owner is None or owner == environment["uid"] or environment.get("adopt"):
        return
    raise StepError(
        "ownership_mismatch",
        f"{environment['name']} on this node belongs to uid {owner}, not {environment['uid']}; nothing was touched",
    )
