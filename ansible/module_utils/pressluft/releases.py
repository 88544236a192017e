"""Releases: a document root composed of copies of pinned trees, switched by one symbolic link.

No two releases share an inode, so damage to one site's code cannot reach another's; file systems with reflinks share the blocks.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import hashlib
import json
import os
import re
import secrets

from ansible.module_utils.pressluft import activation, artifacts, code_check, layout
from ansible.module_utils.pressluft.accounts import account
from ansible.module_utils.pressluft.commands import run_ok
from ansible.module_utils.pressluft.steps import StepError
from ansible.module_utils.pressluft.trees import remove_tree, remove_tree_quietly

AT_FDCWD = -100
RENAME_EXCHANGE = 2

# Changed together with the composition, so that existing environments get a new release.
FORMAT = 3


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


def release_path(name, release):
    return f"{layout.slot_path(name)}/releases/{release}"


def damage(name, release):
    """Paths of an existing release that are not what its artifacts say; None if there is no such release."""
    path = release_path(name, release)
    if not os.path.isdir(path):
        return None
    paths = code_check.check_release(path)
    return [code_check.manifest_path(path)] if paths is None else paths


def record_intact(name, release):
    """Keeps for the probe that a release was compared now and had no difference."""
    code_check.record(name, release_path(name, release), [])


def build(environment, dropins, release):
    """Builds the release beside the live one; it gets its name only when complete. A damaged release of that name is replaced in one step."""
    name = environment["name"]
    final = release_path(name, release)
    staging = f"{final}.{secrets.token_hex(4)}.tmp"
    try:
        manifest = _compose(environment, dropins, staging)
        os.makedirs(os.path.dirname(code_check.manifest_path(final)), mode=0o755, exist_ok=True)
        code_check.save(code_check.manifest_path(final), manifest)
        if os.path.isdir(final):
            # PHP may have the damaged files in its cache.
            activation.owe(activation.php(name))
            exchange(staging, final)
        else:
            os.rename(staging, final)
    finally:
        remove_tree_quietly(staging)


def _compose(environment, dropins, staging):
    """Fills `staging`; returns its manifest."""
    files, trees = {}, []
    for kind, slug, artifact, destination in wanted_trees(environment):
        source, target = artifacts.tree_path(kind, slug, artifact), f"{staging}/{destination}".rstrip("/")
        trees.append(os.path.basename(source))
        pinned = artifacts.manifest_of(source)["files"]
        if kind == "core":
            _copy_core(source, target)
            files.update({path: entry for path, entry in pinned.items() if not _is_bundled_plugin(path)})
        else:
            remove_tree(target)
            _copy_tree(source, target)
            files = {path: entry for path, entry in files.items() if not path.startswith(destination + "/")}
            files.update({f"{destination}/{path}": entry for path, entry in pinned.items()})
    for path, content in own_files(environment, dropins).items():
        os.makedirs(os.path.dirname(f"{staging}/{path}"), mode=0o755, exist_ok=True)
        with open(f"{staging}/{path}", "w", encoding="utf-8") as handle:
            handle.write(content)
        os.chmod(f"{staging}/{path}", code_check.FILE_MODE)
        os.chmod(os.path.dirname(f"{staging}/{path}"), code_check.DIRECTORY_MODE)
        files[path] = [hashlib.sha256(content.encode()).hexdigest(), len(content.encode())]
    links = {"wp-content/uploads": f"{layout.base(environment['name'])}/shared/uploads", "wp-config.php": "../../wp-config.php"}
    for path, target in links.items():
        os.symlink(target, f"{staging}/{path}")
    # nginx follows a link only if link and target have the same owner.
    os.chown(f"{staging}/wp-content/uploads", *account(environment), follow_symlinks=False)
    # The content of the copies was read when it was unpacked; only inode, ctime and size are taken from them.
    found = {path: entry.stat(follow_symlinks=False) for path, entry in code_check.walk(staging) if entry.is_file(follow_symlinks=False)}
    if {path: status.st_size for path, status in found.items()} != {path: entry[1] for path, entry in files.items()}:
        raise StepError("release_failed", "the copies of the artifacts are not complete")
    files = {path: [*files[path][:2], *code_check.identity(status)] for path, status in found.items()}
    return {"trees": trees, "files": files, "links": links}


def exchange(new, old):
    """Two directories swap their names in one step: a request finds one or the other."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(old), RENAME_EXCHANGE) == 0:
        return
    problem = ctypes.get_errno()
    if problem not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(problem, os.strerror(problem), old)
    # File systems without an exchange.
    aside = f"{old}.{secrets.token_hex(4)}.tmp"
    os.rename(old, aside)
    os.rename(new, old)
    os.rename(aside, new)


def verified_link(name):
    return f"{layout.slot_path(name)}/verified"


def verified_release(name):
    """The release with which the environment was last recorded as applied; None before the first one."""
    try:
        return os.path.basename(os.readlink(verified_link(name)))
    except OSError:
        return None


def exists(name, release):
    return bool(release) and os.path.isdir(f"{layout.slot_path(name)}/releases/{release}")


def prune(name):
    """Keeps the live release, and as a fallback the verified one or else the newest other one; removes abandoned builds."""
    releases = f"{layout.slot_path(name)}/releases"
    live, verified = live_release(name), verified_release(name)
    kept = (live, verified)
    others = sorted(
        (entry for entry in os.scandir(releases) if entry.name not in kept),
        key=lambda entry: (not entry.name.endswith(".tmp"), entry.stat().st_mtime),
    )
    fallback = exists(name, verified) and verified != live
    removable = others if fallback or not others or others[-1].name.endswith(".tmp") else others[:-1]
    for entry in removable:
        remove_tree_quietly(entry.path)
    kept = {os.path.basename(path) for path in glob.glob(f"{releases}/*")}
    for manifest in glob.glob(f"{layout.slot_path(name)}/manifests/*"):
        if os.path.basename(manifest).removesuffix(".json") not in kept:
            os.unlink(manifest)
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


def _copy_core(source, target):
    """WordPress without its bundled plugins: only pinned ones run."""
    _copy_tree(source, target)
    plugins = f"{target}/wp-content/plugins"
    for entry in os.scandir(plugins) if os.path.isdir(plugins) else ():
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        elif entry.name != "index.php":
            os.unlink(entry.path)


def _is_bundled_plugin(path):
    return path.startswith("wp-content/plugins/") and path != "wp-content/plugins/index.php"


def _copy_tree(source, target):
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    run_ok(["cp", "-a", "--reflink=auto", source, target], "release_failed", timeout=300)
