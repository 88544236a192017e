"""State that WordPress keeps in its database, read by SQL: a check without changes needs no PHP process."""

from __future__ import annotations

import hashlib
import json
import re

from ansible.module_utils.pressluft import database, layout, releases
from ansible.module_utils.pressluft.steps import StepError

OPTIONS = ("siteurl", "home", "blogname", "admin_email", "WPLANG", "active_plugins", "template", "stylesheet", "db_version", "pressluft_state")


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
        "noindex": bool(environment["access"]["noindex"]),
    }
    wanted["desired"] = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    return {**wanted, "root": root}


def differences(found, wanted):
    """The aspects of an installed WordPress that differ from the desired state."""
    try:
        state = json.loads(found.get("pressluft_state") or "{}")
    except ValueError:
        state = {}
    stored = state.get("stored") or {}
    active = set(re.findall(r's:\d+:"([^"]+)"', found.get("active_plugins") or ""))
    _, database_version = releases.core_version(wanted["root"])
    checks = {
        "desired": state.get("desired") == wanted["desired"],
        "site_url": found.get("siteurl") == found.get("home") == wanted["site_url"],
        "options": all((found.get(name) or "") == (value or "") for name, value in stored.items()),
        "plugins": active == {file for file, on in wanted["plugins"].items() if on},
        "theme": wanted["theme"] is None or found.get("stylesheet") == wanted["theme"],
        "database": database_version is None or found.get("db_version") == database_version,
    }
    return [name for name, same in checks.items() if not same]
