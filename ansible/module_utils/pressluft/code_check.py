"""Whether code on disk is what its artifacts say. Standard library only, and no module of its own: the node's scheduled checks run the same file.

A manifest holds, for each file of a tree or release, checksum and size, and the inode and ctime under which the content was last read. A file
whose inode, ctime and size are unchanged is not read again, because every write, also through another name of the inode, changes the ctime.
"""

import hashlib
import json
import os
import re
import secrets
import stat
import time

RESULTS = "/var/lib/pressluft/site-checks/code"
MAX_ENTRIES = 200_000
MAX_PATHS = 20
FILE_MODE, DIRECTORY_MODE = 0o644, 0o755
# What PHP runs, or what changes how PHP runs it; other added files are harmless.
ADDED_CODE = re.compile(r"\.(?:php\d?|phtml|phar)$|^\.(?:user\.ini|maintenance)$", re.IGNORECASE)


def describe(root):
    """The manifest of a tree that has just been unpacked; reads every file."""
    files, links = {}, {}
    for path, entry in walk(root):
        if entry.is_symlink():
            links[path] = os.readlink(entry.path)
        elif entry.is_file(follow_symlinks=False):
            files[path] = [*read(entry.path), *identity(entry.stat(follow_symlinks=False))]
    return {"files": files, "links": links}


def differences(root, manifest, full=False):
    """(paths that differ, whether the manifest was updated). With `full`, every file is read."""
    files, links = manifest["files"], manifest["links"]
    found, absent, updated = set(), {*files, *links}, False
    try:
        for path, entry in walk(root):
            try:
                same, changed = compare(path, entry, manifest, full)
            except FileNotFoundError:
                continue
            absent.discard(path)
            updated |= changed
            if not same:
                found.add(path)
    except TooMany:
        found.add(".")
    return sorted(found | absent), updated


def compare(path, entry, manifest, full):
    """(whether the entry is as described, whether the manifest was updated)."""
    if entry.is_symlink():
        return manifest["links"].get(path) == os.readlink(entry.path), False
    status = entry.stat(follow_symlinks=False)
    expected = manifest["files"].get(path)
    if stat.S_ISDIR(status.st_mode):
        return expected is None and stat.S_IMODE(status.st_mode) == DIRECTORY_MODE, False
    if expected is None:
        return stat.S_ISREG(status.st_mode) and not ADDED_CODE.search(entry.name), False
    if not full and [status.st_size, *identity(status)] == expected[1:]:
        return True, False
    if not is_plain(status) or status.st_size != expected[1] or read(entry.path) != expected[:2]:
        return False, False
    changed = expected[2:] != identity(status)
    expected[2:] = identity(status)
    return True, changed


class TooMany(Exception):
    pass


def walk(root):
    """(relative path, entry) of everything below `root`; follows no link. What disappears meanwhile is left out."""
    pending, count = [""], 0
    while pending:
        parent = pending.pop()
        try:
            entries = list(os.scandir(f"{root}/{parent}" if parent else root))
        except (FileNotFoundError, NotADirectoryError):
            continue
        count += len(entries)
        if count > MAX_ENTRIES:
            raise TooMany
        for entry in entries:
            path = f"{parent}/{entry.name}" if parent else entry.name
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
            yield path, entry


def identity(status):
    return [status.st_ino, status.st_ctime_ns]


def is_plain(status):
    return stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == FILE_MODE and status.st_uid == os.geteuid()


def read(path):
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as handle:
        for block in iter(lambda: handle.read(1 << 18), b""):
            digest.update(block)
            size += len(block)
    return [digest.hexdigest(), size]


# --- manifests: a line with the names of the trees that a release was made of, and a line with its files


def save(path, manifest):
    header = {"v": 1, "trees": sorted(manifest.get("trees") or [])}
    body = {"files": manifest["files"], "links": manifest["links"]}
    write_atomically(path, json.dumps(header) + "\n" + json.dumps(body, separators=(",", ":")) + "\n")


def load(path):
    """The manifest at `path`; None if it is missing or damaged."""
    try:
        with open(path, encoding="ascii") as handle:
            header, body = json.loads(handle.readline()), json.loads(handle.readline())
        if header["v"] != 1 or not isinstance(body["files"], dict) or not isinstance(body["links"], dict):
            return None
        return {"trees": header["trees"], **body}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def trees_of(path):
    """The trees that the release of this manifest was made of; None if the manifest is damaged."""
    try:
        with open(path, encoding="ascii") as handle:
            return [str(tree) for tree in json.loads(handle.readline())["trees"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_atomically(path, text):
    temporary = f"{path}.{secrets.token_hex(4)}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
        os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


# --- releases of environments


def manifest_path(release):
    """`…/slots/a/releases/<id>` -> `…/slots/a/manifests/<id>.json`"""
    return f"{os.path.dirname(os.path.dirname(release))}/manifests/{os.path.basename(release)}.json"


def check_release(release, full=False):
    """Paths of a release that differ from its artifacts; None if it has no manifest."""
    manifest = load(manifest_path(release))
    if manifest is None:
        return None
    paths, updated = differences(release, manifest, full)
    if updated:
        save(manifest_path(release), manifest)
    return paths


def record(name, release, paths):
    """Keeps the result for the probe, with the inode of the release: a replaced release makes the result void."""
    result = {"release": os.path.basename(release), "inode": os.stat(release).st_ino, "intact": not paths, "paths": paths[:MAX_PATHS], "at": now(), "time": int(time.time())}
    os.makedirs(RESULTS, mode=0o700, exist_ok=True)
    write_atomically(f"{RESULTS}/{name}.json", json.dumps(result) + "\n")


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
