"""Checks of the sites of a node that are too expensive for every probe, in rotation. The probe reads the results.

`python3 /usr/local/lib/pressluft/site-checks` runs what is due, each minute by a timer: it also works while the controller is away, and the probe stays
cheap. `--code full` reads all code instead. Runs as root; writes only below /var/lib/pressluft/site-checks, and inodes and ctimes into the manifests of releases.
"""

import argparse
import glob
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

import code_check
import front_page

STATE = "/etc/pressluft"
SITES = "/srv/pressluft"
PAGES = "/var/lib/pressluft/site-checks/front-page"
# Each environment is checked within 10 minutes, in equal shares of each minute; a failing page is requested again each minute.
FRESH_SECONDS = 7 * 60
SHARES = 7
RETRY_SECONDS = 45
MAX_RETRIES = 5
# A run ends before the timer starts the next one; what was not reached is the oldest then.
BUDGET_SECONDS = 50


def main():
    arguments = parse_arguments()
    names = environments()
    forget_others(names)
    wanted = [name for name in names if arguments.sites is None or name in arguments.sites.split(",")]
    if arguments.code == "full":
        check_codes(wanted, full=True)
        return
    deadline = time.monotonic() + BUDGET_SECONDS
    now = time.time()
    running = [name for name in wanted if environment(name).get("state") == "running"]
    pages = due(running, {name: read_json(f"{PAGES}/{name}.json") for name in running}, now)
    codes = due(wanted, {name: read_json(f"{code_check.RESULTS}/{name}.json") for name in wanted}, now)
    token = (read_json(f"{STATE}/secrets/_node.json") or {}).get("probe_token", "")

    def page(name):
        if time.monotonic() < deadline:
            check_page(name, token)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(page, pages))
    # Changed code is the likely cause, and is put back only when it is known.
    failing = [name for name in pages if (read_json(f"{PAGES}/{name}.json") or {}).get("state", "ok") != "ok"]
    check_codes([*failing, *(name for name in codes if name not in failing)], full=False, deadline=deadline)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Check front pages and code of the environments of this node.")
    parser.add_argument("--code", choices=("due", "full"), default="due", help="full: read all code of all environments, and request no page")
    parser.add_argument("--sites", help="only these environments; comma-separated names")
    return parser.parse_args()


def environments():
    """Names of the applied environments."""
    names = sorted(os.path.basename(path)[:-5] for path in glob.glob(f"{STATE}/environments/*.json"))
    return [name for name in names if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name) and environment(name).get("digest")]


def environment(name):
    return read_json(f"{STATE}/environments/{name}.json") or {}


def due(names, results, now):
    """The environments to check now: the oldest results of one share, and a few failing ones."""

    def age(name):
        return now - float((results[name] or {}).get("time") or 0)

    failing = [name for name in names if results[name] and results[name].get("state", "ok") != "ok" and age(name) >= RETRY_SECONDS]
    retried = sorted(failing, key=age, reverse=True)[:MAX_RETRIES]
    old = [name for name in names if name not in retried and not 0 <= age(name) < FRESH_SECONDS]
    share = -(-len(names) // SHARES)
    return sorted(retried + sorted(old, key=age, reverse=True)[:share], key=age, reverse=True)


def check_page(name, token):
    spec = environment(name).get("spec") or {}
    found = front_page.render(name, spec, token, f"{SITES}/{name}/logs/error.log")
    found["message"] = without_secrets(found["message"], read_json(f"{STATE}/secrets/{name}.json") or {})
    os.makedirs(PAGES, mode=0o700, exist_ok=True)
    code_check.write_atomically(f"{PAGES}/{name}.json", json.dumps({**found, "at": code_check.now(), "time": int(time.time())}) + "\n")


def without_secrets(message, secrets):
    """The message of an error may quote them, and it is committed to Git."""
    values = [value for key, value in secrets.items() if key.endswith("password")] + list((secrets.get("salts") or {}).values())
    for value in values:
        # A message is cut, so the beginning of a secret counts as well.
        if isinstance(value, str) and len(value) >= 8:
            message = message.replace(value, "…")
            if any(message.endswith(value[:length]) for length in range(8, len(value))):
                message = message[: message.rindex(value[:8])] + "…"
    return message


def check_codes(names, full, deadline=None):
    """One after the other: the disk is shared with the sites."""
    for name in names:
        if deadline is not None and time.monotonic() >= deadline:
            return
        release = os.path.realpath(f"{SITES}/{name}/current/public")
        try:
            inode = os.stat(release).st_ino
            paths = code_check.check_release(release, full)
            if paths is not None and os.stat(release).st_ino == inode:
                code_check.record(name, release, paths)
        except OSError:  # replaced or deleted meanwhile
            continue


def forget_others(names):
    for path in (*glob.glob(f"{PAGES}/*"), *glob.glob(f"{code_check.RESULTS}/*")):
        if os.path.basename(path).removesuffix(".json") not in names:
            try:
                os.unlink(path)
            except OSError:
                continue


def read_json(path):
    try:
        with open(path, encoding="utf-8") as handle:
            document = json.load(handle)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


if __name__ == "__main__":
    main()
