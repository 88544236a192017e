"""Downloads of pinned code: verified by sha256, extracted once per node into a read-only tree of root's."""

from __future__ import annotations

import glob
import os
import re
import secrets
import stat

from ansible.module_utils.pressluft import code_check, layout
from ansible.module_utils.pressluft.archives import extract
from ansible.module_utils.pressluft.downloads import download
from ansible.module_utils.pressluft.files import remove_quietly
from ansible.module_utils.pressluft.steps import StepError
from ansible.module_utils.pressluft.trees import remove_tree, remove_tree_quietly

WHOLE_DIGEST = re.compile(r"-([0-9a-f]{64})(?:\.json)?$")
# Earlier versions named trees by the start of the digest. Such a tree is not used, because another archive may have the same start.
SHORT_DIGEST = re.compile(r"-([0-9a-f]{16})$")


def tree_path(kind, slug, artifact):
    """Path of the extracted tree of an artifact. The name contains the whole digest, so a tree never changes; the rest of it is for people."""
    version, digest = layout.checked("version", str(artifact["version"])), layout.checked("sha256", artifact["sha256"])
    # Short enough for a file system with the endings of temporary names.
    return f"{layout.CACHE}/trees/{kind}-{layout.checked('slug', slug)[:60]}-{version[:40]}-{digest}"


def ensure_tree(kind, slug, artifact):
    """Downloads, verifies and extracts the artifact unless an undamaged tree exists. Returns whether it did."""
    tree = tree_path(kind, slug, artifact)
    if is_intact(tree):
        return False
    os.makedirs(os.path.dirname(tree), mode=0o755, exist_ok=True)
    archive = f"{layout.CACHE}/{secrets.token_hex(8)}.download"
    staging = f"{tree}.{secrets.token_hex(4)}.tmp"
    try:
        download(artifact["url"], artifact["sha256"], archive)
        extract(archive, staging)
        root = _single_directory(staging)
        _make_read_only(root)
        # Before the tree: a tree without a manifest counts as damaged.
        code_check.save(_manifest_path(tree), code_check.describe(root))
        remove_tree(tree)
        os.rename(root, tree)
    finally:
        remove_quietly(archive)
        remove_tree_quietly(staging)
    return True


def is_intact(tree):
    """Whether the tree exists and is what was unpacked. Trees of earlier versions have no manifest and are unpacked again."""
    manifest = code_check.load(_manifest_path(tree))
    if manifest is None or not os.path.isdir(tree):
        return False
    paths, updated = code_check.differences(tree, manifest)
    if updated:
        code_check.save(_manifest_path(tree), manifest)
    return not paths


def manifest_of(tree):
    manifest = code_check.load(_manifest_path(tree))
    if manifest is None:
        raise StepError("release_failed", f"{os.path.basename(tree)} has no manifest")
    return manifest


def prune(wanted):
    """Removes the trees that neither this run nor any release needs, and what killed runs left. Returns their number."""
    found = [entry for entry in _listing(f"{layout.CACHE}/trees") if entry.name.removesuffix(".json") not in wanted]
    needed = _needed_trees() if found else set()
    if needed is None:
        return 0
    removable = [entry for entry in found if not _is_needed(entry.name, needed)]
    for entry in [*removable, *(entry for entry in _listing(layout.CACHE) if entry.name.endswith(".download"))]:
        if entry.is_dir(follow_symlinks=False):
            remove_tree_quietly(entry.path)
        else:
            remove_quietly(entry.path)
    return sum(entry.is_dir(follow_symlinks=False) for entry in removable)


def _is_needed(name, needed):
    """A release of an earlier version names its trees by the start of their digests."""
    digest = WHOLE_DIGEST.search(name)
    starts = {short.group(1) for short in map(SHORT_DIGEST.search, needed) if short}
    return digest is not None and (name.removesuffix(".json") in needed or digest.group(1)[:16] in starts)


def _needed_trees():
    """Names of the trees of all releases; None while a live release of an earlier version does not say its trees."""
    needed = set()
    for public in glob.glob(f"{layout.ROOT}/*/slots/*/public"):
        if not os.path.exists(code_check.manifest_path(os.path.realpath(public))):
            return None
    for path in glob.glob(f"{layout.ROOT}/*/slots/*/manifests/*.json"):
        trees = code_check.trees_of(path)
        if trees is None:
            return None
        needed.update(trees)
    return needed


def _listing(directory):
    try:
        return list(os.scandir(directory))
    except FileNotFoundError:
        return []


def _manifest_path(tree):
    return f"{tree}.json"


def _single_directory(path):
    """Archives of wordpress.org hold one directory; its content is the tree."""
    entries = os.listdir(path)
    if len(entries) == 1 and os.path.isdir(f"{path}/{entries[0]}"):
        return f"{path}/{entries[0]}"
    return path


def _make_read_only(root):
    """Uniform modes, which the copies in releases keep and the comparison of code expects."""
    os.chmod(root, 0o755)
    for parent, directories, names in os.walk(root):
        for name in directories:
            os.chmod(f"{parent}/{name}", 0o755)
        for name in names:
            path = f"{parent}/{name}"
            if stat.S_ISREG(os.lstat(path).st_mode):
                os.chmod(path, 0o644)
