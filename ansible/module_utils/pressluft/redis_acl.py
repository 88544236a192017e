"""Redis over its unix socket: one ACL user per environment, confined to its own key prefix."""

from __future__ import annotations

import hashlib
import socket

from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.files import read_json
from ansible.module_utils.pressluft.steps import StepError

ADMINISTRATOR = "pressluft"
# Disabled, and exists for a moment only.
SCRATCH = "pressluft-scratch"
# `dangerous` includes `admin`: no configuration, no other users, no flush, no KEYS. Commands without a key are not confined to the prefix:
# SCAN, RANDOMKEY and CLIENT TRACKING reveal the keys of all users.
COMMANDS = ("-@all", "+@read", "+@write", "+@transaction", "+@connection", "-@dangerous", "-@scripting", "-@pubsub", "-scan", "-randomkey", "-dbsize", "-client")
NODE_SECRETS = layout.STATE + "/secrets/_node.json"


class Redis:
    """A connection that speaks RESP2; a context manager."""

    def __enter__(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(10)
        try:
            self._socket.connect(layout.REDIS_SOCKET)
        except OSError as error:
            self._socket.close()
            raise StepError("redis_unreachable", f"{layout.REDIS_SOCKET}: {error}") from error
        self._stream = self._socket.makefile("rb")
        try:
            self.call("AUTH", ADMINISTRATOR, (read_json(NODE_SECRETS) or {}).get("redis_password", ""))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._stream.close()
        self._socket.close()

    def call(self, *words):
        encoded = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)
        try:
            self._socket.sendall(request)
            return self._reply()
        except OSError as error:
            raise StepError("redis_unreachable", str(error)) from error

    def _reply(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise StepError("redis_unreachable", "Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise StepError("redis_failed", rest.decode(errors="replace"))
        if kind in (b"+", b":"):
            return rest.decode() if kind == b"+" else int(rest)
        if int(rest) < 0:
            return None
        if kind == b"$":
            return self._stream.read(int(rest) + 2)[:-2].decode(errors="replace")
        return [self._reply() for _ in range(int(rest))]


def rules(environment, password):
    digest = hashlib.sha256(password.encode()).hexdigest()
    prefix = layout.checked("redis_prefix", environment["redis_prefix"])
    return ["reset", "on", f"#{digest}", f"~{prefix}*", "resetchannels", *COMMANDS]


def ensure_user(redis, environment, password, check):
    """Returns whether the ACL user had to be created or changed; the caller saves the list once."""
    name = layout.checked("redis_user", environment["redis_user"])
    existing = redis.call("ACL", "GETUSER", name)
    if existing is not None and _matches(existing, environment, password, _described_commands(redis)):
        return False
    if not check:
        redis.call("ACL", "SETUSER", name, *rules(environment, password))
    return True


def drop_user(redis, environment, check):
    name = layout.checked("redis_user", environment["redis_user"])
    if redis.call("ACL", "GETUSER", name) is None:
        return False
    if not check:
        redis.call("ACL", "DELUSER", name)
    return True


def drop_keys(redis, prefix):
    """Unlinks every key under the prefix; the pattern of prefixes allows no glob characters."""
    cursor, removed = "0", 0
    while True:
        cursor, keys = redis.call("SCAN", cursor, "MATCH", f"{layout.checked('redis_prefix', prefix)}*", "COUNT", 1000)
        if keys:
            removed += redis.call("UNLINK", *keys)
        if cursor == "0":
            return removed


def _described_commands(redis):
    """COMMANDS as this Redis normalises them, for comparison with the rules of an existing user."""
    redis.call("ACL", "SETUSER", SCRATCH, "reset", *COMMANDS)
    try:
        return _fields(redis.call("ACL", "GETUSER", SCRATCH)).get("commands")
    finally:
        redis.call("ACL", "DELUSER", SCRATCH)


def _fields(user):
    return dict(zip(user[::2], user[1::2]))


def _matches(existing, environment, password, commands):
    fields = _fields(existing)
    return (
        "on" in fields.get("flags", [])
        and fields.get("passwords") == [hashlib.sha256(password.encode()).hexdigest()]
        and fields.get("keys") in ([f"{environment['redis_prefix']}*"], f"~{environment['redis_prefix']}*")
        and fields.get("commands") == commands
    )
