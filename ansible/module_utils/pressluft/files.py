"""Files, directories and links of root: atomic, idempotent, unchanged in check mode, with diffs."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import struct
import threading

from ansible.module_utils.pressluft.trees import remove_tree

XATTR_ACL = "system.posix_acl_access"


class Files:
    def __init__(self, check=False):
        self.check = check
        self.diffs = []
        self._lock = threading.Lock()

    def write(self, path, content, mode=0o644, uid=0, gid=0, secret=False):
        """Replaces `path` atomically. Returns whether anything had (or has) to change."""
        before = read_text(path)
        same = before == content
        if same and _has_attributes(path, mode, uid, gid):
            return False
        if not same:
            self._diff(path, before, content, secret)
        if self.check:
            return True
        temporary = f"{path}.{secrets.token_hex(4)}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                handle.write(content)
                handle.flush()
                os.fchown(handle.fileno(), uid, gid)
                os.fchmod(handle.fileno(), mode)
                os.fsync(handle.fileno())
            os.replace(temporary, path)
        except BaseException:
            remove_quietly(temporary)
            raise
        return True

    def directory(self, path, mode=0o755, uid=0, gid=0, reader=None):
        """A directory; `reader` is a uid that may traverse it in addition to owner and group."""
        try:
            before = os.lstat(path)
        except FileNotFoundError:
            before = None
        if before is not None and not stat.S_ISDIR(before.st_mode):
            raise NotADirectoryError(path)
        acl = traversal_acl(mode, reader) if reader is not None else None
        if before is not None and before.st_uid == uid and before.st_gid == gid:
            if acl is not None and _xattr(path) == acl:
                return False
            if acl is None and stat.S_IMODE(before.st_mode) == mode:
                return False
        if self.check:
            return True
        if before is None:
            os.mkdir(path, 0o700)
        os.chown(path, uid, gid, follow_symlinks=False)
        if acl is None:
            os.chmod(path, mode)
        else:
            os.setxattr(path, XATTR_ACL, acl)
        return True

    def link(self, path, target):
        """A symbolic link, switched atomically."""
        try:
            if os.readlink(path) == target:
                return False
        except OSError:
            pass
        if self.check:
            return True
        temporary = f"{path}.{secrets.token_hex(4)}.tmp"
        os.symlink(target, temporary)
        os.replace(temporary, path)
        return True

    def remove(self, path):
        if not os.path.lexists(path):
            return False
        self._diff(path, read_text(path), None, secret=True)
        if not self.check:
            os.unlink(path)
        return True

    def remove_tree(self, path):
        if not os.path.lexists(path):
            return False
        if not self.check:
            remove_tree(path)
        return True

    def _diff(self, path, before, after, secret):
        hide = (lambda text: None if text is None else "(hidden)\n") if secret else (lambda text: text)
        with self._lock:
            if len(self.diffs) < 500:
                self.diffs.append(
                    {"before_header": path, "after_header": path, "before": hide(before) or "", "after": hide(after) or ""}
                )


def traversal_acl(mode, reader):
    """The access ACL (Linux xattr layout, version 2) of `mode` plus execute for one more user."""
    owner, group, other = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    nobody = 0xFFFFFFFF
    entries = [(0x01, owner, nobody), (0x02, 1, reader), (0x04, group, nobody), (0x10, group | 1, nobody), (0x20, other, nobody)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def read_text(path, limit=4 << 20):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as handle:
            return handle.read(limit)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def read_json(path):
    """The document at `path`; None if it is missing or not valid JSON."""
    try:
        document = json.loads(read_text(path) or "null")
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def file_sha256(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            for block in iter(lambda: handle.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def remove_quietly(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def _has_attributes(path, mode, uid, gid):
    status = os.lstat(path)
    return stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == mode and (status.st_uid, status.st_gid) == (uid, gid)


def _xattr(path):
    try:
        return os.getxattr(path, XATTR_ACL)
    except OSError:
        return None
