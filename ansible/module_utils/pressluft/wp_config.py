"""wp-config.php of one environment. It contains secrets: readable by root and the environment's own user only."""

from __future__ import annotations

from ansible.module_utils.pressluft import layout, settings
from ansible.module_utils.pressluft.quoting import php, php_name
from ansible.module_utils.pressluft.site_secrets import SALTS
from ansible.module_utils.pressluft.steps import StepError

# Set by Pressluft itself; a manifest that sets one of them gets an error instead of being overridden silently.
RESERVED = frozenset(
    ("DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_CHARSET", "DB_COLLATE", "ABSPATH", "WP_HOME", "WP_SITEURL", "WP_CACHE_KEY_SALT", *SALTS)
)


def render(environment, secrets):
    defaults = {
        "WP_ENVIRONMENT_TYPE": environment["type"],
        "DISALLOW_FILE_MODS": True,
        "AUTOMATIC_UPDATER_DISABLED": True,
        "WP_AUTO_UPDATE_CORE": False,
        "DISABLE_WP_CRON": True,
        "WP_DEBUG": False,
        "FS_METHOD": "direct",
        "WP_TEMP_DIR": f"{layout.base(environment['name'])}/tmp",
    }
    if environment["cache"]["object"] == "redis":
        defaults |= {
            "WP_REDIS_SCHEME": "unix",
            "WP_REDIS_PATH": layout.cache_socket(environment["name"]),
            # For the drop-in of earlier releases, to which a failed change returns. The server accepts any password: its socket is closed to others.
            "WP_REDIS_PREFIX": environment["redis_prefix"],
            "WP_REDIS_PASSWORD": ["default", "none"],
        }
    fixed = {
        "DB_NAME": environment["database"],
        "DB_USER": environment["database_user"],
        "DB_PASSWORD": secrets["database_password"],
        "DB_HOST": f"localhost:{layout.database_socket(environment['name'])}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
        "WP_HOME": environment["site_url"],
        "WP_SITEURL": environment["site_url"],
        **{name: secrets["salts"][name] for name in SALTS},
    }
    chosen = {php_name(name): value for name, value in settings.check_constants(environment).items()}
    taken = sorted(RESERVED & chosen.keys())
    if taken:
        raise StepError("invalid_value", f"constant {taken[0]} is set by Pressluft itself")
    constants = {**defaults, **chosen, **fixed}
    return "\n".join(
        [
            "<?php",
            f"// environment/{environment['name']}, managed by Pressluft: changes here are overwritten.",
            *(f"define({php(name)}, {php(value)});" for name, value in constants.items()),
            "$table_prefix = 'wp_';",
            "if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https' && ($_SERVER['REMOTE_ADDR'] ?? '') === '127.0.0.1') {",
            "\t$_SERVER['HTTPS'] = 'on';",
            "}",
            "if (!defined('ABSPATH')) {",
            f"\tdefine('ABSPATH', {php(layout.base(environment['name']) + '/current/public/')});",
            "}",
            "require_once ABSPATH . 'wp-settings.php';",
            "",
        ]
    )
