"""The nginx host of one environment. nginx 1.22 of Debian 12: `listen … http2` instead of `http2 on`."""

from __future__ import annotations

import re
import urllib.parse

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.quoting import nginx as quoted
from ansible.module_utils.pressluft.steps import StepError
from ansible.module_utils.pressluft.vhost_rules import DEFAULT_LIFETIME, STATIC, Rules

STATUSES = (301, 302, 303, 307, 308)

RUNNING = """\
	location = /favicon.ico { log_not_found off; access_log off; try_files $uri /index.php?$args; }
	location = /robots.txt { log_not_found off; access_log off; try_files $uri /index.php?$args; }

	# No hidden files, except those of certificates and other well-known services.
	location ~ /\\.(?!well-known/) { return 404; }
	location ~* ^/(?:wp-config\\.php|wp-admin/install\\.php|readme\\.html|license\\.txt|liesmich\\.html)$ { return 404; }
	location ~* ^/wp-content/(?:plugins|themes)/[^/]+/(?:readme|changelog|license)\\.(?:txt|md)$ { return 404; }
	location ~* (?:^|/)(?:composer\\.(?:json|lock)|package(?:-lock)?\\.json|phpunit\\.xml)$ { return 404; }
	location ~* \\.(?:bak|sql|swp|orig|log|ini|sh)$ { return 404; }
%(xmlrpc)s
	# The site can write to its uploads only: nothing there is executed.
	location ~* ^/wp-content/(?:uploads|cache|upgrade)/.*\\.(?:php\\d?|phtml|phar|pl|py|cgi)$ { return 403; }
	location ~* ^/wp-(?:includes|content)/(?!(?:js/tinymce/wp-tinymce|plugins/|themes/)).*\\.php$ { return 404; }

	location = /wp-login.php {
		limit_req zone=pressluft_login burst=5 nodelay;
		include /etc/nginx/fastcgi_params;
%(fastcgi)s	}

	location ~* \\.(?:%(static)s)$ {
		access_log off;
		log_not_found off;
		expires %(static_expires)s;
		try_files $uri /index.php?$args;
	}

	location / { %(other_expires)stry_files $uri $uri/ /index.php?$args; }

	location ~ [^/]\\.php$ {
		try_files $uri =404;
		include /etc/nginx/fastcgi_params;
%(fastcgi)s	}
"""

# Sent unless the manifest says otherwise.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

XMLRPC = """\
	location = /xmlrpc.php {
		include /etc/nginx/fastcgi_params;
%s	}
"""

FASTCGI = """\
		fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
		fastcgi_param DOCUMENT_ROOT $realpath_root;
		fastcgi_param HTTP_PROXY "";
		fastcgi_param HTTP_X_PRESSLUFT_PROBE "";
		fastcgi_param PRESSLUFT_PROBE $pressluft_probe;
		fastcgi_pass unix:%(socket)s;
		fastcgi_read_timeout %(timeout)ds;
		fastcgi_buffers 16 16k;
		fastcgi_buffer_size 32k;
"""

STOPPED = """\
	location / {
		default_type "text/plain; charset=utf-8";
		return 503 "This site is switched off at the moment.\\n";
	}
"""


def render(environment, snippet_file=None):
    """The complete file. `snippet_file` is the path of the operator's own directives, if there are any."""
    hosts = environment["hosts"]
    names = [layout.checked("host", host) for host in (hosts["preview"], hosts.get("primary"), *(hosts.get("aliases") or [])) if host]
    redirects = hosts.get("redirects") or []
    rules = Rules(environment["name"], nginx_of(environment), HEADERS)
    parts = [
        f"# environment/{environment['name']}, managed by Pressluft\n",
        rules.maps,
        "server {\n\tlisten 80;\n\tlisten [::]:80;\n",
        f"\tserver_name {' '.join(dict.fromkeys(names))};\n",
        f"\troot {layout.base(environment['name'])}/current/public;\n\tindex index.php index.html;\n",
        f"\taccess_log {layout.base(environment['name'])}/logs/access.log pressluft;\n",
        f"\terror_log {layout.base(environment['name'])}/logs/error.log;\n",
        rules.server,
        marker(environment),
        access(environment),
        "".join(path_redirect(redirect) for redirect in redirects if redirect["from"].startswith("/")),
    ]
    if environment["state"] == "stopped":
        parts.append(STOPPED)
    else:
        if snippet_file:
            parts.append(f"\tinclude {snippet_file};\n")
        parts += [rules.answers(), running(environment, rules.expires)]
    parts.append("}\n")
    parts += [host_redirect(redirect, names) for redirect in redirects if not redirect["from"].startswith("/")]
    return "".join(parts)


def nginx_of(environment):
    """`noindex` is for the whole environment, whatever its headers say."""
    nginx = environment["nginx"]
    if not environment["access"]["noindex"]:
        return nginx
    return {**nginx, **indexed(nginx), "locations": [{**location, **indexed(location)} for location in nginx["locations"]]}


def indexed(part):
    return {"headers": {name: value for name, value in part["headers"].items() if name != "X-Robots-Tag"}}


def running(environment, expires):
    own = fastcgi(environment)
    return RUNNING % {
        "fastcgi": own,
        "static": STATIC,
        "static_expires": expires or DEFAULT_LIFETIME,
        "other_expires": f"expires {expires}; " if expires else "",
        "xmlrpc": XMLRPC % own if environment["nginx"]["xmlrpc"] == "allow" else "\tlocation = /xmlrpc.php { return 403; }\n",
    }


def marker(environment):
    lines = [
        # Empty, and then not sent, unless the request has the token of the node's own probe.
        "set $pressluft_marker \"\";",
        f"if ($pressluft_probe) {{ set $pressluft_marker {environment['name']}; }}",
        "add_header X-Pressluft-Environment $pressluft_marker always;",
    ]
    if environment["state"] == "stopped":
        lines.append("add_header Retry-After 3600 always;")
    if environment["access"]["noindex"]:
        lines.append('add_header X-Robots-Tag "noindex, nofollow" always;')
    return "".join(f"\t{line}\n" for line in lines)


def access(environment):
    if not environment["access"].get("basic_auth"):
        return ""
    return (
        '\tset $pressluft_realm "Restricted";\n'
        '\tif ($pressluft_probe) { set $pressluft_realm "off"; }\n'
        "\tauth_basic $pressluft_realm;\n"
        f"\tauth_basic_user_file {layout.password_file(environment['name'])};\n"
    )


def password_line(basic_auth):
    """One line of an htpasswd file."""
    user, digest = basic_auth["user"], basic_auth["password_hash"]
    if not re.fullmatch(r"[^:\x00-\x1f\x7f]{1,100}", user) or not re.fullmatch(r"[!-9;-~]{1,300}", digest):
        raise StepError("invalid_value", "the user name or password hash of basic authentication is not allowed")
    return f"{user}:{digest}\n"


def fastcgi(environment):
    php = environment["php"]
    seconds = int(php["pool"].get("request_terminate_timeout_seconds") or 60)
    return FASTCGI % {"socket": layout.fpm_socket(environment["name"]), "timeout": seconds + 5}


def path_redirect(redirect):
    return f"\tlocation = {quoted(redirect['from'])} {{ return {status(redirect)} {target(redirect['to'])}; }}\n"


def host_redirect(redirect, names):
    source = layout.checked("host", redirect["from"])
    if source in names:
        raise StepError("invalid_value", f"{source} cannot be served and redirected at once")
    return (
        "\nserver {\n\tlisten 80;\n\tlisten [::]:80;\n"
        f"\tserver_name {source};\n\taccess_log off;\n\treturn {status(redirect)} {target(redirect['to'])};\n}}\n"
    )


def status(redirect):
    value = int(redirect.get("status") or 301)
    if value not in STATUSES:
        raise StepError("invalid_value", f"{value} is not the status of a redirect")
    return value


def target(to):
    """A path stays on its host; a bare host or an origin keeps the request's path; a complete URL is final."""
    if to.startswith("/"):
        return quoted(to)
    if "://" not in to:
        return quoted(f"http://{layout.checked('host', to)}")[:-1] + '$request_uri"'
    parts = urllib.parse.urlsplit(to)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StepError("invalid_value", f"redirect target {to[:100]!r} is not an http or https URL")
    if parts.path in ("", "/") and not parts.query and not parts.fragment:
        return quoted(f"{parts.scheme}://{parts.netloc}")[:-1] + '$request_uri"'
    return quoted(to)
