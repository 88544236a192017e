"""The applied record of an environment: what the probe compares, without secrets."""

from __future__ import annotations

import copy
import datetime
import hashlib
import json

from ansible.module_utils.pressluft import layout, php_unit, releases
from ansible.module_utils.pressluft.files import file_sha256, read_json, remove_quietly


def managed_files(environment):
    """Every managed file with its current sha256."""
    name = environment["name"]
    paths = [layout.site_file(name), f"{layout.slot_path(name)}/wp-config.php", layout.password_file(name), layout.snippet_file(name)]
    paths += [layout.cron_file(name), layout.php_config(name), *php_unit.files(environment)]
    return {path: digest for path in sorted(paths) if (digest := file_sha256(path)) is not None}


def public_spec(environment):
    """The specification as applied. Values that may be secret are replaced by a digest that shows changes."""
    if environment.get("spec"):
        return environment["spec"]
    spec = copy.deepcopy(environment)
    for decision in ("adopt", "accept_loss"):
        spec.pop(decision, None)
    constants = spec["wordpress"].get("constants") or {}
    spec["wordpress"]["constants"] = sorted(constants)
    if spec["access"].get("basic_auth"):
        spec["access"]["basic_auth"] = {"user": spec["access"]["basic_auth"]["user"]}
    snippet = spec["nginx"].get("server_snippet")
    spec["nginx"] = {"server_snippet_sha256": hashlib.sha256(snippet.encode()).hexdigest() if snippet else None}
    return spec


def versions(environment):
    wordpress = environment["wordpress"]
    return {
        "wordpress": releases.core_version(layout.document_root(environment["name"]))[0],
        "php": environment["php"]["version"],
        "plugins": {plugin["slug"]: str(plugin["version"]) for plugin in wordpress.get("plugins") or []},
        "themes": {theme["slug"]: str(theme["version"]) for theme in wordpress.get("themes") or []},
    }


def write(environment, files):
    """Writes the record; `appliedAt` changes only when the applied content changes. Follows a verified front page, which makes an earlier failure void."""
    if (read_json(layout.front_page_result(environment["name"])) or {}).get("state", "ok") != "ok" and not files.check:
        remove_quietly(layout.front_page_result(environment["name"]))
    path = layout.record_path(environment["name"])
    previous = read_json(path) or {}
    record = {
        "v": 1,
        "uid": environment["uid"],
        "name": environment["name"],
        "digest": environment["digest"],
        "state": environment["state"],
        "host": environment["hosts"]["preview"],
        "spec": public_spec(environment),
        "managedFiles": managed_files(environment),
        "versions": versions(environment),
    }
    same = {key: value for key, value in previous.items() if key != "appliedAt"} == json.loads(json.dumps(record))
    record["appliedAt"] = previous["appliedAt"] if same and "appliedAt" in previous else now()
    return files.write(path, json.dumps(record, indent=1, sort_keys=True) + "\n", 0o640)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
