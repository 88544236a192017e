"""Deletion of directory trees whose content was chosen by a site: any depth, any name, in bounded memory and with few open files."""

from __future__ import annotations

import errno
import os
import secrets
import stat

# A pass over the top removes at least one level. A tree that is nested deeper than this, or still being filled, is left to the next call.
MAX_PASSES = 100_000
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class StillWritten(OSError):
    def __init__(self, path):
        super().__init__(f"{path}: a process still writes there")


def remove_tree(path):
    """Deletes the tree at `path`; a link is deleted itself. Returns whether anything was there.

    Directories inside of directories are moved to the top and emptied there, so that neither a stack nor a path grows with the depth.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(path)
        return True
    top = os.open(path, DIRECTORY)
    try:
        for _ in range(MAX_PASSES):
            _empty_top(top)
            if _is_removed(path):
                return True
    finally:
        os.close(top)
    raise StillWritten(path)


def remove_tree_quietly(path):
    try:
        remove_tree(path)
    except OSError:
        pass


def _empty_top(top):
    with os.scandir(top) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                _unlink(entry.name, top)
                continue
            try:
                directory = os.open(entry.name, DIRECTORY, dir_fd=top)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                # ELOOP: a link has taken its place. The next pass finds it.
                if error.errno == errno.ELOOP:
                    continue
                raise
            try:
                _empty_into(directory, top)
            finally:
                os.close(directory)
            _is_removed(entry.name, top)


def _empty_into(directory, top):
    """Deletes the files of a directory and moves its directories to `top`."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                _unlink(entry.name, directory)
                continue
            try:
                os.rename(entry.name, f".{secrets.token_hex(16)}", src_dir_fd=directory, dst_dir_fd=top)
            except FileNotFoundError:
                pass


def _unlink(name, directory):
    try:
        os.unlink(name, dir_fd=directory)
    except (FileNotFoundError, IsADirectoryError):
        pass


def _is_removed(path, directory=None):
    try:
        os.rmdir(path, dir_fd=directory)
    except FileNotFoundError:
        return True
    except OSError as error:
        # POSIX allows both for a directory that is not empty; ENOTDIR: replaced meanwhile.
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
