"""Activates configuration of nginx and PHP-FPM only after the tools have accepted it.

A candidate is never written beside the live files: it is composed with them in a staging directory and tested there, so
a run that is killed at any time leaves a live configuration that passed its test. A pending reload is recorded first
and cleared afterwards; the next run repeats a reload that is still recorded.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import read_text, remove_quietly
from ansible.module_utils.pressluft.steps import StepError

STAGING = "/run/pressluft"
PENDING = layout.STATE + "/pending"
INCLUDE = "include /etc/nginx/pressluft/sites/*.conf;"


class Candidate:
    """Desired files of one environment: {live path: content, or None for "no such file"}."""

    def __init__(self, name, sites, snippets, php):
        self.name = name
        self.sites = sites
        self.snippets = snippets
        # A PhpCandidate.
        self.php = php

    def changed(self, files):
        return [path for path, content in files.items() if read_text(path) != content]


def reject_broken(candidates):
    """{name: (code, message)} of the candidates that nginx or PHP-FPM rejects; the others are valid together."""
    rejected = {}
    for code, test in (("nginx_config_invalid", test_nginx), ("php_config_invalid", test_php)):
        remaining = [candidate for candidate in candidates if candidate.name not in rejected]
        if not remaining or test(remaining, remaining) is None:
            continue
        # Tested one by one, from the live files without this batch, to find the candidates that break it.
        own_fault = test([], remaining)
        if own_fault is not None:
            rejected.update({candidate.name: (code, f"the node's own configuration is invalid: {own_fault}") for candidate in remaining})
            continue
        accepted = []
        for candidate in remaining:
            problem = test([*accepted, candidate], remaining)
            if problem is None:
                accepted.append(candidate)
            else:
                rejected[candidate.name] = (code, problem)
    return rejected


def test_nginx(included, replaced):
    """Message of `nginx -t` on the live sites minus `replaced` plus `included`; None when they are valid."""
    with staging() as root:
        sites, snippets = f"{root}/sites", f"{root}/snippets"
        os.mkdir(sites)
        os.mkdir(snippets)
        gone = {path for candidate in replaced for path in candidate.sites}
        for path in listing(layout.NGINX + "/sites", ".conf"):
            if path not in gone:
                os.symlink(path, f"{sites}/{os.path.basename(path)}")
        for candidate in included:
            for path, content in candidate.snippets.items():
                put(f"{snippets}/{os.path.basename(path)}", content)
            for path, content in candidate.sites.items():
                text = None if content is None else content.replace(layout.NGINX + "/snippets/", snippets + "/")
                put(f"{sites}/{os.path.basename(path)}", text)
        main = read_text("/etc/nginx/nginx.conf") or ""
        if INCLUDE not in main:
            raise StepError("not_provisioned", "/etc/nginx/nginx.conf is not Pressluft's; provision the node first")
        put(f"{root}/nginx.conf", main.replace(INCLUDE, f"include {sites}/*.conf;"))
        status, stdout, stderr = run(["nginx", "-t", "-q", "-c", f"{root}/nginx.conf"])
        return None if status == 0 else plain(stderr or stdout, root)


def test_php(included, _replaced):
    """Message of `php-fpm -t` about the first of the configurations that it rejects, as their own users; None when they are valid."""
    for candidate in included:
        text = candidate.php.configuration
        # In check mode, an account that is to be created counts as root, as which PHP-FPM refuses a configuration without a user.
        if text is None or candidate.php.account[0] == 0:
            continue
        with staging() as root:
            os.chmod(STAGING, 0o711)
            os.chmod(root, 0o711)
            put(f"{root}/php-fpm.conf", text)
            os.chmod(f"{root}/php-fpm.conf", 0o644)
            status, stdout, stderr = run([f"php-fpm{candidate.php.version}", "-t", "-y", f"{root}/php-fpm.conf"], user=candidate.php.account)
            if status != 0:
                return plain(stderr or stdout, root)
    return None


def php(name):
    """What `owe` and `owed` call the PHP master of an environment."""
    return f"php@{layout.checked('name', name)}"


def owe(service):
    """Records, before its files change, that `service` must be reloaded."""
    os.makedirs(PENDING, mode=0o700, exist_ok=True)
    with open(f"{PENDING}/{service}", "w", encoding="utf-8"):
        pass


def owed(service):
    return os.path.exists(f"{PENDING}/{service}")


def settle(service):
    """Reloads `service` with tested files, or starts it, and clears the record of the pending reload."""
    run_ok(["systemctl", "reload-or-restart", service], "reload_failed", timeout=60)
    remove_quietly(f"{PENDING}/{service}")


class staging:
    """A private temporary directory, under /run so that nothing survives a reboot."""

    def __enter__(self):
        os.makedirs(STAGING, mode=0o700, exist_ok=True)
        self._path = tempfile.mkdtemp(dir=STAGING)
        return self._path

    def __exit__(self, *_):
        shutil.rmtree(self._path, ignore_errors=True)


def listing(directory, suffix):
    try:
        return [f"{directory}/{name}" for name in sorted(os.listdir(directory)) if name.endswith(suffix)]
    except OSError:
        return []


def put(path, content):
    if content is None:
        return
    if os.path.islink(path):
        os.unlink(path)
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as handle:
        handle.write(content)


def plain(output, root):
    """The tool's message with the staging directory's path replaced by the live one."""
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join(lines).replace(f"{root}/", layout.NGINX + "/")[:2000]
