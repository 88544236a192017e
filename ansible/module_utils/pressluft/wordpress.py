"""State that WordPress keeps in its database, read by SQL: a check without changes needs no PHP process."""

from __future__ import annotations

import hashlib
import json
import os
import re

from ansible.module_utils.pressluft import database, layout, releases
from ansible.module_utils.pressluft.steps import StepError

OPTIONS = ("siteurl", "home", "blogname", "admin_email", "WPLANG", "active_plugins", "template", "stylesheet", "db_version", "pressluft_state")
# Names of a task with the option of WordPress that they set.
OWNED_OPTIONS = {"title": "blogname", "admin_email": "admin_email", "locale": "WPLANG"}
OWNERS = {"plugins": "git", "theme": "git", "title": "site", "admin_email": "site", "locale": "git"}


def options(environment, password):
    """The options that matter, or None while WordPress is not (completely) installed in this database."""
    connection = database.connect_as(environment, password)
    try:
        return read_options(connection, layout.checked("database", environment["database"]))
    finally:
        connection.close()


def read_options(connection, schema):
    tables = {
        row[0]
        for row in database.query(
            connection,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name IN ('wp_options', 'wp_users')",
            (schema,),
        )
    }
    if tables != {"wp_options", "wp_users"}:
        return None
    marks = ", ".join(["%s"] * len(OPTIONS))
    found = dict(database.query(connection, f"SELECT option_name, LEFT(option_value, 1048576) FROM `{schema}`.wp_options WHERE option_name IN ({marks}) LIMIT 50", OPTIONS))
    users = database.query(connection, f"SELECT 1 FROM `{schema}`.wp_users LIMIT 1")
    return found if users and found.get("siteurl") else None


def desired(environment):
    """The input of converge.php without mode and password; raises if a pinned plugin is not a plugin."""
    wordpress = environment["wordpress"]
    root = layout.document_root(environment["name"])
    plugins = {}
    for plugin in wordpress.get("plugins") or []:
        file = releases.plugin_file(root, plugin["slug"])
        if file is None:
            raise StepError("plugin_invalid", f"{plugin['slug']} holds no plugin: no file has a Plugin Name header")
        plugins[file] = bool(plugin.get("active", True))
    wanted = {
        "title": environment["title"],
        "admin_user": environment["admin_user"],
        "admin_email": environment["admin_email"],
        "locale": layout.checked("locale", wordpress.get("locale") or "en_US"),
        "site_url": environment["site_url"],
        "plugins": plugins,
        "theme": wordpress.get("active_theme"),
        "themes": [theme["slug"] for theme in wordpress.get("themes") or []],
        "manage": owners(wordpress.get("manage") or {}),
        "noindex": bool(environment["access"]["noindex"]),
    }
    wanted["desired"] = hashlib.sha256(json.dumps(applied_part(wanted), sort_keys=True).encode()).hexdigest()
    return {**wanted, "root": root}


def owners(manage):
    """Who has the last word about each setting: `git` puts it back, `site` keeps what WordPress says."""
    for name, owner in manage.items():
        if name not in OWNERS or owner not in ("git", "site"):
            raise StepError("invalid_value", f"manage.{name} is not git or site")
    return {**OWNERS, **manage}


def applied_part(wanted):
    """Without what the site owns: a change of it changes nothing."""
    return {key: value for key, value in wanted.items() if wanted["manage"].get(key) != "site" or key == "plugins"}


def differences(found, wanted):
    """The aspects of an installed WordPress that differ from the desired state."""
    state = recorded_state(found.get("pressluft_state"))
    stored, known = members(state.get("stored")), state.get("plugins")
    active = set(re.findall(r's:\d+:"([^"]+)"', found.get("active_plugins") or ""))
    manage = wanted["manage"]
    ours = {option for name, option in OWNED_OPTIONS.items() if manage[name] == "git"}
    _, database_version = releases.core_version(wanted["root"])
    checks = {
        "desired": state.get("desired") == wanted["desired"],
        "site_url": found.get("siteurl") == found.get("home") == wanted["site_url"],
        "options": all((found.get(name) or "") == (value or "") for name, value in stored.items() if name in ours),
        "plugins": plugins_agree(active, known, wanted),
        "theme": theme_agrees(found, wanted),
        "database": database_version is None or found.get("db_version") == database_version,
    }
    return [name for name, same in checks.items() if not same]


def recorded_state(text):
    """What the last converge noted in the database; the site can write there, too."""
    try:
        return members(json.loads(text or "{}"))
    except (ValueError, RecursionError):
        return {}


def members(value):
    return value if isinstance(value, dict) else {}


def plugins_agree(active, known, wanted):
    """`known`: the plugins of the last converge; None before the first converge that recorded them."""
    if wanted["manage"]["plugins"] == "git":
        return active == {file for file, on in wanted["plugins"].items() if on}
    fresh = [file for file in wanted["plugins"] if file not in known] if isinstance(known, list) else []
    return not fresh and all(file in wanted["plugins"] or os.path.isfile(f"{wanted['root']}/wp-content/plugins/{file}") for file in active)


def theme_agrees(found, wanted):
    """Without the code of its theme, or of the parent of its theme, WordPress answers with empty pages."""
    current = found.get("stylesheet") or ""
    if not all(re.fullmatch(r"[A-Za-z0-9._/-]+", slug) and os.path.isdir(f"{wanted['root']}/wp-content/themes/{slug}") for slug in (current, found.get("template") or current)):
        return False
    return wanted["manage"]["theme"] == "site" or wanted["theme"] is None or current == wanted["theme"]
