"""Unpacks zip and tar archives that nobody here has made: every limit holds while the archive is read, not after it has been listed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib

from ansible.module_utils.pressluft.steps import StepError

MAX_TREE_BYTES = 2 << 30
MAX_ENTRIES = 100_000
MAX_NAME_BYTES = 1024
# Text compresses about 10:1; only what a bomb unpacks to exceeds both.
MAX_RATIO, FREE_BYTES = 100, 64 << 20
# What a tar archive may hold between two files, and the list of all entries of a zip.
MAX_HEADER_BYTES = 1 << 20
MAX_DIRECTORY_BYTES = 16 << 20
COMPRESSIONS = ((b"\x1f\x8b", lambda handle: gzip.GzipFile(fileobj=handle)), (b"BZh", bz2.BZ2File), (b"\xfd7zXZ\x00", lzma.LZMAFile))
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, NotImplementedError, RuntimeError, ValueError)


def extract(archive, destination):
    """Plain files and directories only: links and devices are left out, modes and owners of the archive are ignored."""
    target = _Target(destination, os.path.getsize(archive))
    try:
        with open(archive, "rb") as handle:
            if zipfile.is_zipfile(handle):
                _extract_zip(handle, target)
            else:
                handle.seek(0)
                _extract_tar(handle, target)
    except DAMAGED as error:
        raise StepError("artifact_unreadable", f"neither a zip nor a tar archive: {error}"[:500]) from error
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise StepError("artifact_unreadable", f"two entries of the archive have the same name: {error}"[:500]) from error


def _extract_zip(handle, target):
    with zipfile.ZipFile(_Limited(handle, MAX_DIRECTORY_BYTES)) as source:
        for entry in source.infolist():
            if entry.is_dir():
                target.directory(entry.filename)
                continue
            # Always written as a plain file, never as a link, even if the entry's mode says so.
            with source.open(entry) as reader:
                target.file(entry.filename, reader)


def _extract_tar(handle, target):
    start = handle.read(6)
    handle.seek(0)
    opened = next((kind(handle) for magic, kind in COMPRESSIONS if start.startswith(magic)), handle)
    limited = _Limited(opened, MAX_HEADER_BYTES, MAX_HEADER_BYTES)
    with tarfile.open(fileobj=limited, mode="r:") as source:
        for entry in source:
            limited.left = MAX_HEADER_BYTES
            if entry.isdir():
                target.directory(entry.name)
            elif entry.isfile():
                limited.left += entry.size
                with source.extractfile(entry) as reader:
                    target.file(entry.name, reader)
            else:
                target.count()


class _Target:
    def __init__(self, root, archive_bytes):
        self._root = root
        self._max_bytes = min(MAX_TREE_BYTES, max(FREE_BYTES, archive_bytes * MAX_RATIO))
        self._entries = self._bytes = 0
        self._made = {root}
        os.mkdir(root, 0o755)

    def count(self):
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise StepError("artifact_too_large", f"the archive holds more than {MAX_ENTRIES} files and directories")

    def directory(self, name):
        self.count()
        self._make(self._inside(name))

    def file(self, name, reader):
        self.count()
        path = self._inside(name)
        self._make(os.path.dirname(path))
        with open(path, "wb") as writer:
            for block in iter(lambda: reader.read(1 << 18), b""):
                self._bytes += len(block)
                if self._bytes > self._max_bytes:
                    raise StepError("artifact_too_large", f"the archive unpacks to more than {self._max_bytes >> 20} MiB")
                writer.write(block)

    def _make(self, path):
        missing = []
        while path not in self._made:
            missing.append(path)
            path = os.path.dirname(path)
        for directory in reversed(missing):
            # Each one counts: a single name may hold hundreds.
            self.count()
            os.mkdir(directory, 0o755)
            self._made.add(directory)

    def _inside(self, name):
        length = len(os.fsencode(name))
        if length > MAX_NAME_BYTES or any(len(os.fsencode(part)) > 255 for part in name.split("/")):
            raise StepError("artifact_unreadable", f"the archive has an entry with a name of {length} bytes")
        path = os.path.normpath(os.path.join(self._root, name))
        if name.startswith("/") or "\x00" in name or not (path == self._root or path.startswith(self._root + "/")):
            raise StepError("artifact_unreadable", f"the archive has an entry outside of itself: {name[:200]!r}")
        return path


class _Limited:
    """A file of which tarfile or zipfile cannot be made to read much at once, or, with `left`, altogether before `left` is set again."""

    def __init__(self, handle, max_read, left=None):
        self._handle = handle
        self._max_read = max_read
        self.left = left

    def read(self, size=-1):
        everything = size is None or size < 0
        if not everything and size > self._max_read:
            raise StepError("artifact_too_large", f"the archive has a list of its content or a header of more than {self._max_read >> 20} MiB")
        try:
            data = self._handle.read(self._max_read if everything else size)
        except (OSError, *DAMAGED) as error:
            # OSError is how bz2 and gzip report damaged data.
            raise StepError("artifact_unreadable", f"the archive cannot be read: {error}"[:500]) from error
        if self.left is not None:
            self.left -= len(data)
            if self.left < 0:
                raise StepError("artifact_too_large", f"the archive has headers of more than {MAX_HEADER_BYTES >> 20} MiB")
        return data

    def seek(self, position, whence=os.SEEK_SET):
        # Skipping in compressed data unpacks it.
        if whence == os.SEEK_SET and position > MAX_TREE_BYTES + (256 << 20):
            raise StepError("artifact_too_large", f"the archive unpacks to more than {MAX_TREE_BYTES >> 20} MiB")
        return self._handle.seek(position, whence)

    def tell(self):
        return self._handle.tell()

    def seekable(self):
        return True

    def close(self):
        pass
