"""Child processes: no shell, own environment, a timeout, bounded output."""

from __future__ import annotations

import collections
import os
import signal
import subprocess
import threading

from ansible.module_utils.pressluft.steps import StepError

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
MAX_OUTPUT_BYTES = 8 << 20
# Process limit of an environment's user; the units of PHP-FPM and cron have the same number.
MAX_PROCESSES = 1024
PIPE_PATIENCE_SECONDS = 5

# Descriptors of locks that root's own child processes inherit.
HELD = []


def run(argv, timeout=60, stdin=None, user=None):
    """Returns (exit code, end of stdout, end of stderr); a missing program or a timeout is a StepError.

    A process of a `user` inherits no lock.
    """
    identity = {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}
    limits = [] if user is None else ["prlimit", f"--nproc={MAX_PROCESSES}", "--"]
    try:
        child = subprocess.Popen(
            [*limits, *argv],
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            cwd="/",
            pass_fds=HELD if user is None else (),
            start_new_session=True,
            **identity,
        )
    except FileNotFoundError as error:
        raise StepError("program_missing", f"{argv[0]} is not installed on this node") from error
    stdout, stderr = Tail(child.stdout), Tail(child.stderr)
    if stdin is not None:
        threading.Thread(target=feed, args=(child.stdin, stdin.encode()), daemon=True).start()
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired as error:
        end_group(child)
        raise StepError("timeout", f"{argv[0]} did not finish within {timeout} s") from error
    return child.returncode, stdout.text(), stderr.text()


class Tail:
    """The end of a stream, read in a separate thread so that no process blocks on a full pipe."""

    def __init__(self, stream):
        self._blocks = collections.deque()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        size = 0
        for block in iter(lambda: stream.read1(1 << 16), b""):
            with self._lock:
                self._blocks.append(block)
                size += len(block)
                while size - len(self._blocks[0]) >= MAX_OUTPUT_BYTES:
                    size -= len(self._blocks.popleft())
        stream.close()

    def text(self):
        """Does not wait for processes that were left behind, since they may hold the pipe open."""
        self._thread.join(PIPE_PATIENCE_SECONDS)
        with self._lock:
            return b"".join(self._blocks)[-MAX_OUTPUT_BYTES:].decode(errors="replace")


def feed(stream, content):
    try:
        with stream:
            stream.write(content)
    except OSError:
        pass


def end_group(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        pass
    child.wait()


def run_ok(argv, code, **options):
    """Standard output of a command that must succeed; otherwise a StepError with `code` and the tool's message."""
    status, stdout, stderr = run(argv, **options)
    if status != 0:
        raise StepError(code, (stderr or stdout).strip()[-2000:] or f"{argv[0]} ended with status {status}")
    return stdout
