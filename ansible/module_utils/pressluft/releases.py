"""Releases: a document root composed from pinned trees by hard links, switched by one symbolic link."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil

from ansible.module_utils.pressluft import artifacts, layout
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.commands import run_ok

# Changed together with the composition, so that existing environments get a new release.
FORMAT = 2


def wanted_trees(environment):
    """(kind, slug, artifact, destination inside the document root), core first."""
    wordpress = environment["wordpress"]
    yield "core", "wordpress", wordpress, ""
    for plugin in wordpress.get("plugins") or []:
        yield "plugin", plugin["slug"], plugin, f"wp-content/plugins/{plugin['slug']}"
    for theme in wordpress.get("themes") or []:
        yield "theme", theme["slug"], theme, f"wp-content/themes/{theme['slug']}"


def release_id(environment, dropins):
    """Identity of the code: every pin, and Pressluft's own files."""
    pins = [[kind, slug, artifact["sha256"]] for kind, slug, artifact, _ in wanted_trees(environment)]
    text = json.dumps([FORMAT, sorted(pins), sorted(own_files(environment, dropins).items())])
    version = layout.checked("version", str(environment["wordpress"]["version"]))
    return f"{version}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def own_files(environment, dropins):
    files = {"wp-content/mu-plugins/pressluft.php": dropins["mu_plugin"]}
    if environment["cache"]["object"] == "redis":
        files["wp-content/object-cache.php"] = dropins["object_cache"]
    return files


def live_release(name):
    try:
        return os.path.basename(os.readlink(layout.document_root(name)))
    except OSError:
        return None


def build(environment, dropins, release):
    """Builds the release beside the live one; it gets its name only when complete."""
    releases = f"{layout.slot_path(environment['name'])}/releases"
    final = f"{releases}/{release}"
    if os.path.isdir(final):
        return False
    staging = f"{releases}/{release}.{secrets.token_hex(4)}.tmp"
    try:
        for kind, slug, artifact, destination in wanted_trees(environment):
            source, target = artifacts.tree_path(kind, slug, artifact), f"{staging}/{destination}".rstrip("/")
            if kind == "core":
                _link_core(source, target)
            else:
                if os.path.isdir(target):
                    shutil.rmtree(target)
                _link_tree(source, target)
        for path, content in own_files(environment, dropins).items():
            os.makedirs(os.path.dirname(f"{staging}/{path}"), exist_ok=True)
            with open(f"{staging}/{path}", "w", encoding="utf-8") as handle:
                handle.write(content)
        os.symlink(f"{layout.base(environment['name'])}/shared/uploads", f"{staging}/wp-content/uploads")
        # nginx follows a link only if link and target have the same owner.
        os.chown(f"{staging}/wp-content/uploads", *account(environment), follow_symlinks=False)
        os.symlink("../../wp-config.php", f"{staging}/wp-config.php")
        os.rename(staging, final)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return True


def prune(name):
    """Keeps the live release and the newest other one as a fallback; removes abandoned builds."""
    releases = f"{layout.slot_path(name)}/releases"
    live = live_release(name)
    others = sorted(
        (entry for entry in os.scandir(releases) if entry.name != live),
        key=lambda entry: (not entry.name.endswith(".tmp"), entry.stat().st_mtime),
    )
    removable = others if not others or others[-1].name.endswith(".tmp") else others[:-1]
    for entry in removable:
        shutil.rmtree(entry.path, ignore_errors=True)
    return len(removable)


def core_version(root):
    """(version, database version) that the code in a document root declares."""
    try:
        with open(f"{root}/wp-includes/version.php", encoding="utf-8", errors="replace") as handle:
            text = handle.read(20_000)
    except OSError:
        return None, None
    version = re.search(r"\$wp_version\s*=\s*'([^']+)'", text)
    database = re.search(r"\$wp_db_version\s*=\s*(\d+)", text)
    return version and version.group(1), database and database.group(1)


def plugin_file(root, slug):
    """`slug/main.php` as WordPress names an active plugin; None if the tree holds no plugin."""
    directory = f"{root}/wp-content/plugins/{slug}"
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".php"))
    except OSError:
        return None
    for name in sorted(names, key=lambda name: name != f"{slug}.php"):
        with open(f"{directory}/{name}", encoding="utf-8", errors="replace") as handle:
            if re.search(r"^[ \t/*#@]*Plugin Name:.*\S", handle.read(8192), re.MULTILINE | re.IGNORECASE):
                return f"{slug}/{name}"
    return None


def _link_core(source, target):
    """WordPress without its bundled plugins: only pinned ones run."""
    run_ok(["cp", "-al", source, target], "release_failed", timeout=300)
    plugins = f"{target}/wp-content/plugins"
    for entry in os.scandir(plugins) if os.path.isdir(plugins) else ():
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != "index.php":
            os.unlink(entry.path)


def _link_tree(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    run_ok(["cp", "-al", source, target], "release_failed", timeout=300)
