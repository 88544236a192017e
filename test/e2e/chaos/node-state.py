"""State of a node as one JSON document that is equal for two machines with the same sites.

Runs as root. Secrets are replaced by their names, so that files with secrets can be compared; times and free space are left out.
"""

import glob
import hashlib
import json
import os
import re
import subprocess

OWN_PROCESSES = re.compile(r"ansible|AnsiballZ|wp-cli|\bwp\b|apt-get|dpkg|mysqldump|mariadb-dump|\btar\b|\bunzip\b")
SCRATCH = (
    "/root/.ansible/tmp/*", "/home/*/.ansible/tmp/*", "/tmp/ansible*", "/tmp/pressluft*", "/var/tmp/ansible*", "/tmp/tmp*",
    "/srv/pressluft/*/**/*.new", "/srv/pressluft/*/**/*.tmp", "/srv/pressluft/*/**/.pressluft*", "/srv/pressluft/.*-*",
    "/etc/**/*.pressluft-*", "/etc/pressluft/**/*.new", "/etc/pressluft/**/.*.tmp", "/etc/nginx/**/*.new", "/run/lock/pressluft*",
)


def main():
    names = secret_names()
    print(json.dumps({
        "users": lines("getent passwd", lambda f: {"name": f[0], "home": f[5], "shell": f[6]}),
        "groups": lines("getent group", lambda f: {"name": f[0], "members": sorted(filter(None, f[3].split(",")))}),
        "databases": databases(),
        "databaseUsers": sorted(sql("SELECT CONCAT(User, '@', Host) FROM mysql.user")),
        "grants": grants(),
        "ownUnits": own_units(),
        "files": {path: file_state(path, names) for path in managed_paths()},
        "trees": {path: tree(path) for path in sorted(glob.glob("/srv/pressluft/*")) if os.path.isdir(path)},
        "code": {path: code_digest(path) for path in sorted(glob.glob("/srv/pressluft/*/current/public"))},
        "firewall": re.sub(r"counter packets \d+ bytes \d+", "counter", run("nft list table inet pressluft")),
        "failedUnits": run("systemctl list-units --failed --plain --no-legend").split("\n"),
        "hostKey": " ".join(read("/etc/ssh/ssh_host_ed25519_key.pub").split()[:2]),
        "keys": [" ".join(line.split()[:2]) for line in read("/home/pressluft/.ssh/authorized_keys").splitlines() if line.startswith("ssh-")],
        "orphans": orphans(),
        "scratch": sorted({path for pattern in SCRATCH for path in glob.glob(pattern, recursive=True)}),
    }))


def run(command, stdin=None):
    done = subprocess.run(["sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=50, check=False)
    return done.stdout.strip()


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError:
        return ""


def sql(statement):
    return [line for line in run("mariadb -N -B", statement).split("\n") if line]


def lines(command, build):
    entries = [line.split(":") for line in run(command).split("\n")]
    return sorted((build(fields) for fields in entries if fields[0].startswith("pl-")), key=lambda entry: entry["name"])


def secret_names():
    """Each secret of each environment, the longest first, with its placeholder."""
    found = []
    for path in glob.glob("/etc/pressluft/secrets/*.json"):
        def walk(value, name):
            if isinstance(value, dict):
                for key, item in value.items():
                    walk(item, f"{name}.{key}")
            elif isinstance(value, str) and not name.endswith(".uid"):
                found.append((value, f"<{name}>"))
                found.append((hashlib.sha256(value.encode()).hexdigest(), f"<sha256 of {name}>"))
        walk(json.loads(read(path) or "{}"), os.path.basename(path)[:-5])
    return sorted(found, key=lambda pair: -len(pair[0]))


def databases():
    found = {}
    for name in sql("SHOW DATABASES LIKE 'pl\\_%'"):
        options = "'siteurl','home','blogname','admin_email','active_plugins','template','stylesheet','blog_public','permalink_structure','WPLANG'"
        rows = sql(f"SELECT option_name, option_value FROM `{name}`.wp_options WHERE option_name IN ({options})")
        found[name] = {
            "tables": sorted(sql(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}'")),
            "options": dict(row.split("\t", 1) if "\t" in row else (row, "") for row in rows),
            "accounts": sorted(sql(f"SELECT user_login FROM `{name}`.wp_users")),
        }
    return found


def grants():
    users = sql("SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE User LIKE 'pl\\_%'")
    text = {user: [re.sub(r"IDENTIFIED .*", "IDENTIFIED", line) for line in sql(f"SHOW GRANTS FOR {user}")] for user in users}
    return {user: sorted(rows) for user, rows in sorted(text.items())}


def own_units():
    """The sockets and caches of environments, with whether they run and start at boot."""
    listed = run("systemctl list-units --all --plain --no-legend 'pressluft-database@*.socket' 'pressluft-cache@*.service'")
    names = sorted(line.split()[0] for line in listed.split("\n") if line)
    return {name: [run(f"systemctl is-active {name}"), run(f"systemctl is-enabled {name}")] for name in names}


def managed_paths():
    patterns = ("/etc/nginx/**/*", "/etc/php/*/fpm/pool.d/*", "/etc/pressluft-php/*", "/etc/systemd/system/pressluft-*", "/etc/systemd/system/pressluft-*/*", "/etc/tmpfiles.d/pressluft*", "/etc/cron.d/*", "/etc/pressluft/**/*", "/srv/pressluft/*/slots/*/wp-config.php", "/etc/sudoers.d/*")
    paths = {path for pattern in patterns for path in glob.glob(pattern, recursive=True)}
    return sorted(path for path in paths if os.path.isfile(path) and not path.startswith("/etc/nginx/modules"))


def file_state(path, names):
    state = os.stat(path)
    text = read(path)
    if path.startswith("/etc/pressluft/secrets/"):
        return {"mode": oct(state.st_mode), "keys": sorted(json.loads(text))}
    for secret, name in names:
        text = text.replace(secret, name)
    if path.startswith("/etc/pressluft/environments/"):
        record = json.loads(text)
        # Digests over secrets or the node's address differ; the files and the specification themselves are compared here.
        text = {**record, "appliedAt": None, "digest": bool(record.get("digest")), "managedFiles": sorted(record.get("managedFiles") or {})}
    elif path.startswith("/etc/pressluft/"):
        text = re.sub(r"[0-9a-f]{64}", "<sha256>", re.sub(r'"(appliedAt|provisionedAt)": "[^"]*"', r'"\1": null', text))
    elif path.endswith(".service.d/limits.conf"):
        # Users have the number of a group, and numbers depend on the order.
        text = re.sub(r"^(User=pressluft-[a-z]+)-[0-9]+$", r"\1-<group>", text, flags=re.M)
    return {"mode": oct(state.st_mode), "text": text}


def tree(path):
    """Directories and links of an environment, three levels deep."""
    found = []
    for directory, names, files in os.walk(path):
        depth = directory[len(path):].count("/")
        # A site writes these itself, when its cron first runs.
        names[:] = [name for name in names if name not in (("logs", "tmp", "sessions") if depth == 0 else ("uploads",))]
        for name in names + files:
            entry = os.path.join(directory, name)
            if os.path.islink(entry):
                found.append(f"{entry[len(path):]} -> {os.readlink(entry)}")
            elif depth < 3:
                found.append(entry[len(path):])
        if depth >= 2:
            names[:] = []
    return sorted(found)


def code_digest(root):
    """Digest of every file of WordPress, its plugins and themes, except files that a site writes itself."""
    digest = hashlib.sha256()
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in ("uploads", "cache", "upgrade"))
        for name in sorted(files):
            path = os.path.join(directory, name)
            if name == "wp-config.php" or not os.path.isfile(path):
                continue
            with open(path, "rb") as handle:
                digest.update(f"{path[len(root):]}\0{hashlib.sha256(handle.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def orphans():
    own = set()
    pid = os.getpid()
    while pid > 1:
        own.add(pid)
        pid = int(re.search(r"^PPid:\s+(\d+)", read(f"/proc/{pid}/status"), re.MULTILINE).group(1))
    found = []
    for entry in glob.glob("/proc/[0-9]*"):
        command = read(entry + "/cmdline").replace("\0", " ").strip()
        if int(os.path.basename(entry)) not in own and OWN_PROCESSES.search(command):
            found.append(command[:200])
    return found


main()
