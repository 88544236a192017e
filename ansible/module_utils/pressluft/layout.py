"""Paths of an environment's files on the node, and the patterns of valid names."""

from __future__ import annotations

import os
import re

from ansible.module_utils.pressluft.steps import StepError

ROOT = "/srv/pressluft"
CACHE = ROOT + "/.cache"
STATE = "/etc/pressluft"
NGINX = "/etc/nginx/pressluft"
PHP = "/etc/pressluft-php"
UNITS = "/etc/systemd/system"
PROGRAMS = "/usr/local/lib/pressluft"
NODE_SECRETS = STATE + "/secrets/_node.json"
# Root's own way to the database; sites cannot enter its directory.
MARIADB_SOCKET = "/run/mysqld/mysqld.sock"

PATTERNS = {
    "name": r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "unix_user": r"[a-z_][a-z0-9_-]{0,30}",
    "database": r"[A-Za-z0-9_]{1,64}",
    "database_user": r"[A-Za-z0-9_]{1,80}",
    "redis_user": r"[A-Za-z0-9_-]{1,64}",
    "redis_prefix": r"[A-Za-z0-9_:.-]{1,80}",
    "php_version": r"[0-9]{1,2}\.[0-9]{1,2}",
    "slug": r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}",
    "sha256": r"[0-9a-f]{64}",
    "host": r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "locale": r"[A-Za-z0-9_]{2,20}",
    "version": r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}",
}

CHOICES = {"state": ("running", "stopped"), "type": ("production", "staging", "development")}

# Names of environments that the node uses itself; validate refuses the same ones, with the reason of each.
RESERVED_NAMES = frozenset(("www", "idle", "global", "pressluft-idle", "site-checks", "code-check", "default", "localhost"))
RESERVED_USERS = frozenset(("root", "pressluft", "www-data", "redis", "mysql", "nobody", "daemon", "sshd"))


def checked(kind, value):
    """`value` if it is a valid `kind`; it then needs no quoting in a path, an identifier or a configuration file."""
    if not isinstance(value, str) or not re.fullmatch(PATTERNS[kind], value):
        raise StepError("invalid_value", f"{kind}: {str(value)[:100]!r} is not allowed")
    return value


def check_identity(environment):
    """Refuses names that could reach outside their own files, accounts or databases."""
    for kind in ("name", "unix_user", "database", "database_user", "redis_user", "redis_prefix"):
        if environment.get(kind) is not None:
            checked(kind, environment[kind])
    # In a GRANT each underscore is written `\_`, and MariaDB cuts nothing: a longer pattern is an error.
    if len(str(environment.get("database") or "").replace("_", "\\_")) > 64:
        raise StepError("invalid_value", f"database: {environment['database']!r} is too long for a grant")
    for kind, choices in CHOICES.items():
        if kind in environment and environment[kind] not in choices:
            raise StepError("invalid_value", f"{kind}: {str(environment[kind])[:100]!r} is none of {', '.join(choices)}")
    if "site_url" in environment and not re.fullmatch(rf"https?://{PATTERNS['host']}(?::[0-9]{{1,5}})?", str(environment["site_url"])):
        raise StepError("invalid_value", f"site_url: {str(environment['site_url'])[:100]!r} is not the address of a site")
    if environment.get("unix_user") in RESERVED_USERS:
        raise StepError("invalid_value", f"unix_user: {environment['unix_user']!r} belongs to the system")


def base(name):
    return f"{ROOT}/{checked('name', name)}"


def slot(name):
    """The live slot: `a` unless a restore has switched it."""
    try:
        live = os.path.basename(os.readlink(base(name) + "/current"))
    except OSError:
        live = "a"
    return live if live in ("a", "b") else "a"


def slot_path(name):
    return f"{base(name)}/slots/{slot(name)}"


def document_root(name):
    return f"{slot_path(name)}/public"


def record_path(name):
    return f"{STATE}/environments/{checked('name', name)}.json"


def secrets_path(name):
    return f"{STATE}/secrets/{checked('name', name)}.json"


def site_file(name):
    return f"{NGINX}/sites/{checked('name', name)}.conf"


def snippet_file(name):
    return f"{NGINX}/snippets/{checked('name', name)}.conf"


def password_file(name):
    return f"{NGINX}/htpasswd/{checked('name', name)}"


def php_config(name):
    return f"{PHP}/{checked('name', name)}.conf"


def fpm_socket(name):
    return f"/run/pressluft-php/{checked('name', name)}.sock"


def shared_pool_file(name, version):
    """Where an environment had its pool while all of a PHP version shared one master."""
    return f"/etc/php/{checked('php_version', version)}/fpm/pool.d/{checked('name', name)}.conf"


def front_page_result(name):
    """Result of the last rendering by the site checks."""
    return f"/var/lib/pressluft/site-checks/front-page/{checked('name', name)}.json"


def database_socket(name):
    """The way of an environment to its database. Only root and the environment's user can enter its directory."""
    return f"/run/pressluft-database/{checked('name', name)}/database.sock"


def cache_socket(name):
    """The cache server of an environment. Only root and the environment's user can enter its directory."""
    return f"/run/pressluft-cache/{checked('name', name)}/cache.sock"


def directories_at_boot(name):
    """What systemd-tmpfiles creates for an environment at each boot."""
    return f"/etc/tmpfiles.d/pressluft-environment-{checked('name', name)}.conf"


def cron_file(name):
    return f"/etc/cron.d/pressluft-{checked('name', name)}"


def php_versions():
    """The PHP-FPM versions installed on this node."""
    try:
        return sorted(entry for entry in os.listdir("/etc/php") if os.path.isdir(f"/etc/php/{entry}/fpm/pool.d"))
    except OSError:
        return []
