"""Standard output for people, NDJSON for the controller: one event a line, to the descriptor in PRESSLUFT_EVENTS_FD.

Without that variable the events go to the file in PRESSLUFT_EVENTS_FILE, or nowhere. Arguments of modules are never
written, `no_log` tasks report only their status, and every message is cut at MAX_MESSAGE bytes.
"""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: pressluft_ndjson
type: stdout
short_description: NDJSON events for Pressluft's controller
description: Writes one JSON event a line to PRESSLUFT_EVENTS_FD or PRESSLUFT_EVENTS_FILE, and a short log to standard output.
extends_documentation_fragment: [default_callback]
"""

VERSION = 1
MAX_MESSAGE = 4096
MAX_DATA = 1 << 20


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "pressluft_ndjson"

    def __init__(self):
        super().__init__()
        self._sink = open_sink()
        self._started = {}

    def v2_playbook_on_start(self, playbook):
        self._emit("run_start", playbook=os.path.basename(playbook._file_name))

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._start(task)

    def v2_playbook_on_handler_task_start(self, task):
        self._start(task)

    def v2_runner_on_start(self, host, task):
        self._started[(host.get_name(), task._uuid)] = time.monotonic()

    def v2_runner_on_ok(self, result):
        self._end(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._end(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_skipped(self, result):
        self._end(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._end(result, "unreachable")

    def v2_runner_retry(self, result):
        task = task_name(result)
        left = result._result.get("retries", 0)
        self._emit("task_retry", task=task, host=host_name(result), attempt=result._result.get("attempts"), retries=left, message=message(result))

    def v2_runner_item_on_ok(self, result):
        self._item(result, "changed" if result._result.get("changed") else "ok")

    def v2_runner_item_on_failed(self, result):
        self._item(result, "failed")

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in sorted(stats.processed)}
        for host, summary in hosts.items():
            self._say(f"{host}: " + " ".join(f"{key}={value}" for key, value in summary.items() if value))
        self._emit("stats", hosts=hosts)

    def v2_on_any(self, *args, **kwargs):
        """Every relevant event has its own method."""

    def _start(self, task):
        role = task._role.get_name() if task._role else None
        self._emit("task_start", task=task.get_name().split(" : ", 1)[-1], role=role, path=short_path(task.get_path()))

    def _item(self, result, status):
        item = None if hidden(result) else clip(str(result._result.get("_ansible_item_label", result._result.get("item", ""))), 200)
        self._emit("task_item", task=task_name(result), host=host_name(result), status=status, item=item, message=text_if_bad(result, status))

    def _end(self, result, status):
        host = host_name(result)
        started = self._started.pop((host, result._task._uuid), None)
        duration = 0 if started is None else int((time.monotonic() - started) * 1000)
        self._environments(result)
        text = text_if_bad(result, status)
        self._emit("task_end", task=task_name(result), host=host, status=status, durationMs=duration, message=text)
        self._say(f"{status:<11} {host} {task_name(result)} ({duration} ms)" + (f": {text}" if text else ""))

    def _environments(self, result):
        own = {} if hidden(result) else result._result.get("pressluft")
        if not isinstance(own, dict):
            return
        for key, value in (own.get("data") or {}).items():
            line = json.dumps(value)
            self._emit("data", key=clip(str(key), 100), value=value if len(line) <= MAX_DATA else {"truncated": len(line)})
        for name, outcome in (own.get("environments") or {}).items():
            for step in outcome.get("steps", []):
                status = "failed" if step.get("failed") else "changed" if step.get("changed") else "ok"
                self._emit(
                    "environment_step",
                    environment=name,
                    step=step.get("step"),
                    status=status,
                    durationMs=step.get("durationMs", 0),
                    message=clip(step.get("message") or "") or None,
                )
            if outcome.get("failed") or own.get("final"):
                self._result(name, outcome)

    def _result(self, name, outcome):
        error = outcome.get("error")
        status = "failed" if outcome.get("failed") else "changed" if outcome.get("changed") or (outcome.get("notes") or {}).get("changedOverall") else "ok"
        if error:
            error = {"code": error.get("code"), "message": clip(error.get("message") or "")}
            self._say(f"failed      {name}: {error['code']}: {error['message']}")
        self._emit("environment_result", environment=name, status=status, error=error)

    def _emit(self, event, **fields):
        if self._sink is None:
            return
        line = {"v": VERSION, "event": event, **{key: value for key, value in fields.items() if value is not None}}
        try:
            self._sink.write(json.dumps(line, ensure_ascii=True, default=str) + "\n")
            self._sink.flush()
        except (OSError, ValueError):
            # The controller has ended; the run continues, and the next probe finds its result.
            self._sink = None

    def _say(self, line):
        self._display.display(line.replace("\n", " ")[:600])


def open_sink():
    descriptor = os.environ.get("PRESSLUFT_EVENTS_FD", "")
    if descriptor.isdigit():
        # A ControlPersist master that inherited the descriptor would keep the controller's pipe open for a minute.
        os.set_inheritable(int(descriptor), False)
        return os.fdopen(int(descriptor), "w", encoding="utf-8", closefd=False)
    path = os.environ.get("PRESSLUFT_EVENTS_FILE")
    return open(path, "a", encoding="utf-8") if path else None


def hidden(result):
    return bool(result._result.get("_ansible_no_log") or result._result.get("censored") or getattr(result._task, "no_log", False))


def text_if_bad(result, status):
    return message(result) if status in ("failed", "ignored", "unreachable") else None


def message(result):
    """The error in a few lines: the messages of the module and the tool, never the arguments."""
    if hidden(result):
        return "hidden, because the task handles secrets"
    parts = [result._result.get(key) for key in ("msg", "stderr", "module_stderr")]
    return clip("\n".join(dict.fromkeys(str(part).strip() for part in parts if part)))


def clip(text, limit=MAX_MESSAGE):
    encoded = text.encode("utf-8", errors="replace")
    return text if len(encoded) <= limit else encoded[: limit - 3].decode("utf-8", errors="ignore") + "…"


def task_name(result):
    return result._task.get_name().split(" : ", 1)[-1]


def host_name(result):
    return result._host.get_name()


def short_path(path):
    """Relative to the content's directory, so that the log does not depend on the place of installation."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return path[len(root) + 1 :] if path and path.startswith(root + "/") else path
