#!/usr/bin/python3
"""Ensures that services are enabled, run, and have loaded their current configuration.

Level-triggered, while handlers are edge-triggered: the loaded configuration of a service is recorded as a hash, so the next run
repeats a reload that a killed run has missed. A configuration is tested before it is loaded.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.pressluft import layout
from ansible.module_utils.pressluft.commands import run, run_ok
from ansible.module_utils.pressluft.files import Files, file_sha256, read_json
from ansible.module_utils.pressluft.steps import StepError

LOADED = layout.STATE + "/loaded.json"

SERVICE = {
    "unit": {"type": "str", "required": True},
    "config": {"type": "list", "elements": "str", "required": True},
    "test": {"type": "list", "elements": "str", "default": []},
    "on_change": {"type": "str", "choices": ["reload", "restart", "command"], "default": "reload"},
    # Files whose changes a reload does not apply.
    "restart_config": {"type": "list", "elements": "str", "default": []},
    # Nothing of the journal is reported.
    "quiet": {"type": "bool", "default": False},
    "command": {"type": "list", "elements": "str", "default": []},
    # Settings that a container may refuse without harm; the refusal is reported.
    "tolerate": {"type": "list", "elements": "str", "default": []},
}


def main():
    module = AnsibleModule(
        argument_spec={"services": {"type": "list", "elements": "dict", "options": SERVICE, "required": True}}, supports_check_mode=True
    )
    services = module.params["services"]
    loaded = read_json(LOADED) or {}
    units = [service["unit"] for service in services if service["on_change"] != "command"]
    active, enabled = states("is-active", units), states("is-enabled", units)
    wanted = {service["unit"]: configuration_hash(service["config"]) for service in services}
    wanted_units = {service["unit"]: configuration_hash(service["restart_config"]) for service in services if service["restart_config"]}
    if not module.check_mode and needs_daemon_reload(units):
        run_ok(["systemctl", "daemon-reload"], "service_failed", timeout=60)

    def bring_up(service):
        unit = service["unit"]
        stale = unit in wanted_units and loaded.get(f"{unit} unit") != wanted_units[unit]
        fresh = stale or bool(service["config"]) and loaded.get(unit) != wanted[unit]
        runs = service["on_change"] == "command" or active.get(unit) == "active"
        actions = []
        if service["on_change"] != "command" and enabled.get(unit) == "disabled":
            actions.append(["systemctl", "enable", "--quiet", unit])
        if service["on_change"] == "command":
            actions += [service["command"]] if fresh else []
        elif not runs:
            actions.append(["systemctl", "start", unit])
        elif fresh:
            actions.append(["systemctl", "restart" if stale else service["on_change"], unit])
        if not actions or module.check_mode:
            return unit, bool(actions), None, ""
        note = ""
        try:
            if service["test"]:
                run_ok(service["test"], "config_invalid", timeout=60)
            for argv in actions:
                note = act(argv, service["tolerate"]) or note
            if service["on_change"] != "command":
                wait_active(unit, service["quiet"])
        except StepError as error:
            return unit, True, error.message, note
        return unit, True, None, note

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = list(pool.map(bring_up, services))
    files = Files(module.check_mode)
    good = {unit: wanted[unit] for unit, _, error, _ in outcomes if error is None}
    good.update({f"{unit} unit": wanted_units[unit] for unit in good if unit in wanted_units})
    if os.path.isdir(layout.STATE):
        files.write(LOADED, json.dumps({**loaded, **good}, indent=1, sort_keys=True) + "\n", 0o600)
    result = {
        "changed": any(changed for _, changed, _, _ in outcomes),
        "invocation": {},
        "changed_units": [unit for unit, changed, _, _ in outcomes if changed],
        "notes": {unit: note for unit, _, _, note in outcomes if note},
    }
    failures = [f"{unit}: {error}" for unit, _, error, _ in outcomes if error is not None]
    if failures:
        module.fail_json(msg="\n".join(failures)[:4000], **result)
    module.exit_json(**result)


def act(argv, tolerate):
    """Runs one action; returns a note when it failed in a way that the service tolerates."""
    status, stdout, stderr = run(argv, timeout=180)
    if status == 0:
        return ""
    lines = [line for line in (stderr or stdout).splitlines() if line.strip()]
    unexpected = [line for line in lines if not any(text in line for text in tolerate)]
    if unexpected or not lines:
        raise StepError("service_failed", "\n".join(unexpected)[-2000:] or f"{argv[0]} ended with status {status}")
    return f"not permitted here, left to the host: {len(lines)} settings"


def wait_active(unit, quiet):
    deadline = time.monotonic() + 20
    while True:
        state = states("is-active", [unit]).get(unit)
        if state == "active":
            return
        if state == "failed" or time.monotonic() > deadline:
            if quiet:
                raise StepError("service_failed", f"is {state} after the change; read `journalctl -u {unit}` on the node")
            _, log, _ = run(["journalctl", "-u", unit, "-n", "15", "--no-pager", "-o", "cat"])
            raise StepError("service_failed", f"is {state} after the change:\n{log.strip()[-1500:]}")
        time.sleep(0.1)


def states(verb, units):
    if not units:
        return {}
    _, stdout, _ = run(["systemctl", verb, *units])
    lines = stdout.split("\n")
    return dict(zip(units, lines))


def needs_daemon_reload(units):
    """Whether the settings of a unit are newer than those that systemd has read."""
    started = [unit.removesuffix(".timer") + ".service" for unit in units if unit.endswith(".timer")]
    _, stdout, _ = run(["systemctl", "show", "-P", "NeedDaemonReload", *units, *started, "systemd-logind", "pressluft-database@*", "pressluft-cache@*"])
    return "yes" in stdout.split()


def configuration_hash(patterns):
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)):
            digest.update(f"{path} {file_sha256(path)}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
