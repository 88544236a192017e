"""Reads a log that a site can write to or replace, so it is untrusted. Uses the standard library only: the site checks on a node run without Ansible."""

import os
import stat

MAX_READ_BYTES = 256 << 10


def size(path):
    """The end of the log: what is written later is new. 0 if it is not there."""
    try:
        return os.stat(path, follow_symlinks=False).st_size
    except OSError:
        return 0


def read_since(path, offset):
    """At most the last MAX_READ_BYTES after `offset`; empty if there is no log."""
    try:
        # A link, a pipe or a device in its place must not make root read another file, or wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode):
                return b""
            # A log that is shorter than before was rotated.
            handle.seek(max(offset if offset <= status.st_size else 0, status.st_size - MAX_READ_BYTES))
            return handle.read(MAX_READ_BYTES)
    except OSError:
        return b""
