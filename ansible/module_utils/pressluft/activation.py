"""Activates configuration of nginx and PHP-FPM only after the tools have accepted it.

A candidate is never written beside the live files: it is composed with them in a staging directory and tested there, so
a run that is killed at any time leaves a live configuration that passed its test. A pending reload is recorded first
and cleared afterwards; the next run repeats a reload that is still recorded.
"""

from __future__ import annotations

import os
import tempfile

from ansible.module_utils.pressluft import layout, nginx_test
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import read_text, remove_quietly
from ansible.module_utils.pressluft.steps import StepError
from ansible.module_utils.pressluft.trees import remove_tree_quietly

STAGING = "/run/pressluft"
PENDING = layout.STATE + "/pending"


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
            message = f"the node's own configuration is invalid: {told('_node', own_fault)}"
            rejected.update({candidate.name: (code, message) for candidate in remaining})
            continue
        accepted = []
        for candidate in remaining:
            problem = test([*accepted, candidate], remaining)
            if problem is None:
                accepted.append(candidate)
            else:
                rejected[candidate.name] = (code, told(candidate.name, problem))
    return rejected


def told(name, problem):
    """What is reported of a problem: a message as it is, a Fault without the words of the tool."""
    if isinstance(problem, str):
        return problem
    return f"{problem.message}; {nginx_test.keep(name, problem.details)}"


def test_nginx(included, replaced):
    """Fault of the live sites minus `replaced` plus `included`; None when they are valid."""
    gone = {path for candidate in replaced for path in candidate.sites}
    live = {path: read_text(path) for path in listing(layout.NGINX + "/sites", ".conf") if path not in gone}
    added = {path: text for candidate in included for path, text in candidate.sites.items()}
    snippets = {path: text for candidate in included for path, text in candidate.snippets.items()}
    with staging() as root:
        return nginx_test.fault(root, read_text(nginx_test.MAIN) or "", by_name({**live, **added}), by_name(snippets))


def by_name(files):
    return {os.path.basename(path): text for path, text in files.items() if text is not None}


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
        remove_tree_quietly(self._path)


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
