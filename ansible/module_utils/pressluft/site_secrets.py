"""Secrets of an environment: generated on the node, kept in one root-only file, never reported."""

from __future__ import annotations

import json
import secrets
import string

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import read_json

# WordPress's own set of keys and salts, https://developer.wordpress.org/advanced-administration/wordpress/wp-config/
SALTS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT")
_ALPHABET = string.ascii_letters + string.digits + "!#%&()*+,-./:;<=>?@[]^_{|}~"


def load(name):
    return read_json(layout.secrets_path(name)) or {}


def ensure(environment, files):
    """Completes the secrets file; existing values are kept. The file is also the claim on the environment's name."""
    current = load(environment["name"])
    wanted = {
        "database_password": secrets.token_urlsafe(30),
        "admin_password": secrets.token_urlsafe(18),
        "salts": {name: _random(64) for name in SALTS},
        **current,
        "uid": environment["uid"],
    }
    return files.write(layout.secrets_path(environment["name"]), json.dumps(wanted, indent=1) + "\n", 0o600, secret=True)


def _random(length):
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
