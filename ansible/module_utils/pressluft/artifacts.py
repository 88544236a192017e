"""Downloads of pinned code: verified by sha256, extracted once per node into a read-only tree of root's."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
import shutil
import stat
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

from ansible.module_utils.pressluft import code_check, layout
from ansible.module_utils.pressluft.files import remove_quietly
from ansible.module_utils.pressluft.steps import StepError

MAX_ARCHIVE_BYTES = 512 << 20
MAX_TREE_BYTES = 2 << 30
MAX_ENTRIES = 100_000
ATTEMPTS = 3


def tree_path(kind, slug, artifact):
    """Path of the extracted tree of an artifact. The name contains the whole pin, so a tree never changes."""
    version, digest = layout.checked("version", str(artifact["version"])), layout.checked("sha256", artifact["sha256"])
    return f"{layout.CACHE}/trees/{kind}-{layout.checked('slug', slug)}-{version}-{digest[:16]}"


def ensure_tree(kind, slug, artifact):
    """Downloads, verifies and extracts the artifact unless an undamaged tree exists. Returns whether it did."""
    tree = tree_path(kind, slug, artifact)
    if is_intact(tree):
        return False
    os.makedirs(os.path.dirname(tree), mode=0o755, exist_ok=True)
    archive = f"{layout.CACHE}/{secrets.token_hex(8)}.download"
    staging = f"{tree}.{secrets.token_hex(4)}.tmp"
    try:
        _download(artifact["url"], artifact["sha256"], archive)
        _extract(archive, staging)
        root = _single_directory(staging)
        _make_read_only(root)
        # Before the tree: a tree without a manifest counts as damaged.
        code_check.save(_manifest_path(tree), code_check.describe(root))
        if os.path.lexists(tree):
            shutil.rmtree(tree)
        os.rename(root, tree)
    finally:
        remove_quietly(archive)
        shutil.rmtree(staging, ignore_errors=True)
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
    removable = [entry for entry in found if entry.name.removesuffix(".json") not in needed]
    for entry in [*removable, *(entry for entry in _listing(layout.CACHE) if entry.name.endswith(".download"))]:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            remove_quietly(entry.path)
    return sum(entry.is_dir(follow_symlinks=False) for entry in removable)


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


def _download(url, sha256, destination):
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise StepError("download_failed", f"{url[:200]}: only http and https are downloaded")
    problem = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(attempt)
        try:
            actual = _fetch(url, destination)
        except urllib.error.HTTPError as error:
            problem = f"HTTP status {error.code}"
            if error.code in (404, 410):
                raise StepError("artifact_missing", f"{url[:300]}: {problem}") from None
            if error.code < 500 and error.code != 429:
                break
            continue
        except (OSError, ValueError) as error:
            problem = str(error)
            continue
        if actual != sha256:
            raise StepError("checksum_mismatch", f"{url[:300]}: sha256 is {actual}, pinned is {sha256}")
        return
    raise StepError("download_failed", f"{url[:300]}: {problem}")


def _fetch(url, destination):
    digest = hashlib.sha256()
    request = urllib.request.Request(url, headers={"User-Agent": "pressluft"})
    with urllib.request.urlopen(request, timeout=30) as reply, open(destination, "wb") as handle:
        size = 0
        for block in iter(lambda: reply.read(1 << 18), b""):
            size += len(block)
            if size > MAX_ARCHIVE_BYTES:
                raise StepError("artifact_too_large", f"{url[:300]} is larger than {MAX_ARCHIVE_BYTES >> 20} MiB")
            digest.update(block)
            handle.write(block)
    return digest.hexdigest()


def _extract(archive, destination):
    os.mkdir(destination, 0o755)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as source:
            entries = source.infolist()
            _check_size(len(entries), sum(entry.file_size for entry in entries))
            for entry in entries:
                target = _inside(destination, entry.filename)
                if entry.is_dir():
                    os.makedirs(target, exist_ok=True)
                    continue
                os.makedirs(os.path.dirname(target), exist_ok=True)
                # Always written as a plain file, never as a link, even if the entry's mode says so.
                with source.open(entry) as reader, open(target, "wb") as writer:
                    shutil.copyfileobj(reader, writer, 1 << 18)
        return
    try:
        with tarfile.open(archive, "r:*") as source:
            entries = source.getmembers()
            _check_size(len(entries), sum(entry.size for entry in entries))
            for entry in entries:
                target = _inside(destination, entry.name)
                if entry.isdir():
                    os.makedirs(target, exist_ok=True)
                elif entry.isfile():
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with source.extractfile(entry) as reader, open(target, "wb") as writer:
                        shutil.copyfileobj(reader, writer, 1 << 18)
    except tarfile.TarError as error:
        raise StepError("artifact_unreadable", f"neither a zip nor a tar archive: {error}") from error


def _check_size(entries, size):
    if entries > MAX_ENTRIES or size > MAX_TREE_BYTES:
        raise StepError("artifact_too_large", f"the archive unpacks to {entries} files and {size >> 20} MiB")


def _inside(destination, name):
    target = os.path.normpath(os.path.join(destination, name))
    if name.startswith("/") or "\x00" in name or not (target == destination or target.startswith(destination + "/")):
        raise StepError("artifact_unreadable", f"the archive has an entry outside of itself: {name[:200]!r}")
    return target


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
