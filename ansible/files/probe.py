#!/usr/bin/env python3
"""Snapshot of a node as one JSON document: whether it is ready, and what runs on it.

Runs as root from standard input (`python3 - [--http quick|full|none] [--code full] [--sites NAMES] [--root DIR]
[--timeout SECONDS]`), with Python 3.9 or newer and
its standard library; with pymysql, if installed, it also reads what WordPress keeps in its database. It changes nothing, runs all queries in parallel, and
always ends with status 0 and a document: a failed query becomes a failed check, or an entry of `errors`. Front pages and code are checked in rotation by a
timer of the node (`site-checks/`); this reads the results.
"""

import argparse
import glob
import grp
import hashlib
import html
import http.client
import json
import os
import platform
import pwd
import re
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

try:
    import pymysql
except ImportError:  # installed by provisioning
    pymysql = None

# As in `data_loss.py`. A site may do without the tables of its comments' and terms' details, and of links.
CORE_TABLES = (
    "wp_options",
    "wp_users",
    "wp_usermeta",
    "wp_posts",
    "wp_postmeta",
    "wp_terms",
    "wp_term_taxonomy",
    "wp_term_relationships",
    "wp_comments",
)
MAX_TEXT = 600
SQL_SECONDS = 3
SITE_CHECKS = "/var/lib/pressluft/site-checks"
SITE_OPTIONS = ("active_plugins", "stylesheet", "template", "blogname", "admin_email", "WPLANG", "db_version", "siteurl")
MAX_OPTION = 65536
MAX_PLUGINS = 200
# https://mariadb.com/kb/en/mariadb-error-code-reference/
NO_SUCH_TABLE = 1146
# Refused, or there is no such database: the user, or the whole database, may be gone.
REFUSED = (1044, 1045, 1049)
MAX_ENVIRONMENTS = 500
DISK_FLOOR_MIB = 1024
INODE_FLOOR_PERCENT = 5
MEMORY_FLOOR_MIB = 100
SERVICES = ("nginx", "mariadb", "nftables", "fail2ban", "cron", "ssh", "pressluft-site-checks.timer", "pressluft-code-check.timer")
PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def main():
    arguments = parse_arguments()
    if arguments.code == "full":
        check_code(arguments.sites, arguments.timeout)
    probe = Probe(arguments.root.rstrip("/"), arguments.timeout, arguments.http, arguments.sites)
    json.dump(probe.document(), sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Print the state of a Pressluft node as JSON.")
    parser.add_argument("--root", default="", help="read this directory tree instead of /; queries no service")
    parser.add_argument("--http", choices=("quick", "full", "none"), default="quick", help="load each site, render its front page, or request none")
    parser.add_argument("--code", choices=("known", "full"), default="known", help="full: read all code first, instead of reporting the last scheduled check")
    parser.add_argument("--sites", help="request a page only from these environments; comma-separated names")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds for all requests")
    return parser.parse_args()


def check_code(sites, seconds):
    """The check of all code that the node runs each night. What it does not reach in time keeps its earlier result."""
    argv = ["python3", "-B", "/usr/local/lib/pressluft/site-checks", "--code", "full", *(["--sites", sites] if sites else [])]
    try:
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds, env=PATH, check=False)
    except (OSError, subprocess.TimeoutExpired):
        pass


class Probe:
    def __init__(self, root, timeout, http_depth, sites=None):
        self.root = root
        self.live = not root
        self.timeout = timeout
        self.http_depth = http_depth if self.live else "none"
        self.sites = None if sites is None else set(sites.split(","))
        self.errors = []
        # Environments whose own user the database refuses, although their tables are there.
        self.refused = set()
        # Limit for all pages together: the controller must not wait for the slowest site.
        self.deadline = time.monotonic() + timeout

    def document(self):
        with ThreadPoolExecutor(max_workers=16) as pool:
            record = self.json_file("/etc/pressluft/node.json")
            versions = self.php_versions()
            asked = {name: pool.submit(self.guard, name, ask) for name, ask in self.questions(record).items()}
            environments = self.environments(pool)
            answers = {name: future.result() for name, future in asked.items()}
        node = self.node(record, versions, answers, environments)
        return {"v": 1, "node": node, "environments": environments, "errors": self.errors[:50]}

    def questions(self, record):
        """Results of programs, all run in parallel."""
        if not self.live:
            return {}
        questions = {
            "services": self.services,
            "clock": lambda: self.output(["timedatectl", "show", "-p", "NTPSynchronized", "--value"])[1].strip(),
            "apt": self.apt_locked,
            "cloud_init": self.cloud_init_done,
        }
        if record is not None:
            if self.sites is None:
                questions["nginx"] = lambda: self.output(["nginx", "-t", "-q"])
            questions["mariadb"] = lambda: self.output(["mariadb", "--connect-timeout=5", "-N", "-B", "-e", "SELECT @@global.read_only"])
            questions["firewall"] = lambda: self.output(["nft", "list", "table", "inet", "pressluft"])
        return questions

    # --- the node

    def node(self, record, versions, answers, environments):
        memory = self.memory()
        disk = os.statvfs(self.path("/srv") if os.path.isdir(self.path("/srv")) else self.path("/"))
        free, total = disk.f_bavail * disk.f_frsize >> 20, disk.f_blocks * disk.f_frsize >> 20
        inodes = round(100 * disk.f_favail / disk.f_files) if disk.f_files else 100
        clock = answers.get("clock")
        facts = {
            "hostname": self.text("/etc/hostname") or socket.gethostname(),
            "machineId": self.text("/etc/machine-id"),
            "os": self.os_name(),
            "kernel": platform.release(),
            "uptimeSeconds": int(float((self.text("/proc/uptime", host=True) or "0").split()[0])),
            "cores": os.cpu_count() or 1,
            "memoryMib": memory[0],
            "memoryAvailableMib": memory[1],
            "diskFreeMib": free,
            "diskTotalMib": total,
            "inodesFreePercent": inodes,
            "rebootRequired": os.path.exists(self.path("/run/reboot-required")) or os.path.exists(self.path("/var/run/reboot-required")),
            "clockSynced": clock == "yes",
            "phpVersions": versions,
            "record": record,
            "services": answers.get("services") or {},
        }
        facts["checks"] = [of_environment(check, environments) for check in self.checks(facts, answers)]
        return facts

    def checks(self, facts, answers):
        checks = []

        def check(code, ok, message="", detail=None, severity="error"):
            checks.append({"code": code, "ok": bool(ok), "severity": severity, "message": "" if ok else message, "detail": detail})

        if self.live:
            check("cloud_init_pending", answers.get("cloud_init", True), "cloud-init has not finished its first boot")
            locked = answers.get("apt") or []
            check("apt_locked", not locked, f"a package manager is at work: {', '.join(locked)}")
            check("clock_unsynced", facts["clockSynced"], "the clock is not synchronised", severity="warning")
        check("reboot_required", not facts["rebootRequired"], "an update waits for a reboot", severity="warning")
        check("disk_low", facts["diskFreeMib"] >= DISK_FLOOR_MIB, f"{facts['diskFreeMib']} MiB left of {facts['diskTotalMib']}")
        check("inodes_low", facts["inodesFreePercent"] >= INODE_FLOOR_PERCENT, f"{facts['inodesFreePercent']} % of the inodes left")
        check("memory_low", facts["memoryAvailableMib"] >= MEMORY_FLOOR_MIB, f"{facts['memoryAvailableMib']} MiB left of {facts['memoryMib']}")
        check("not_provisioned", facts["record"] is not None, "this machine has no node record yet")
        if facts["record"] is None or not self.live:
            return checks
        for name, state in facts["services"].items():
            check("service_inactive:" + name, state == "active", f"{name} is {state}")
        # A probe of single sites follows work on them, which has just tested these files itself.
        untested = (0, "", "") if self.sites is not None else (1, "", "the check itself failed")
        for name, code in (("firewall", "firewall_inactive"), ("nginx", "nginx_config_invalid"), ("mariadb", "mariadb_unreachable")):
            status, stdout, stderr = answers.get(name) or (untested if name == "nginx" else (1, "", "the check itself failed"))
            check(code, status == 0, nginx_fault(stderr or stdout) if name == "nginx" else clip(stderr or stdout))
        # A server that does not answer is another check.
        read_only = (answers.get("mariadb") or (1, "", ""))[1].strip()
        check("mariadb_read_only", read_only in ("", "0", "OFF"), f"read_only is {clip(read_only, 20)}: nothing can be saved on any site")
        return checks

    def services(self):
        _, stdout, _ = self.output(["systemctl", "is-active", *SERVICES])
        return dict(zip(SERVICES, stdout.split("\n")))

    def apt_locked(self):
        """Names of the processes that hold one of apt's locks, found through /proc/locks without waiting for them."""
        inodes = {}
        for path in ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock"):
            try:
                inodes[str(os.stat(path).st_ino)] = path
            except OSError:
                continue
        holders = set()
        for line in (self.text("/proc/locks") or "").splitlines():
            fields = line.split()
            if len(fields) > 5 and fields[5].split(":")[-1] in inodes and fields[1] == "POSIX":
                holders.add(clip(self.text(f"/proc/{fields[4]}/comm") or fields[4], 60))
        return sorted(holders)

    def cloud_init_done(self):
        """Machines without cloud-init have nothing to wait for."""
        if not os.path.isdir("/var/lib/cloud"):
            return True
        return os.path.exists("/var/lib/cloud/instance/boot-finished")

    # --- the environments

    def environments(self, pool):
        names = {os.path.basename(path)[:-5] for path in glob.glob(self.path("/etc/pressluft/environments/*.json"))}
        names |= {os.path.basename(path) for path in glob.glob(self.path("/srv/pressluft/*"))}
        names = sorted(name for name in names if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name))[:MAX_ENVIRONMENTS]
        token = (self.json_file("/etc/pressluft/secrets/_node.json") or {}).get("probe_token", "")
        units = self.own_units(names)
        futures = {name: pool.submit(self.environment, name, token, units) for name in names}
        found = {}
        for name, future in futures.items():
            try:
                found[name] = future.result()
            except Exception as error:  # one environment that cannot be read must not hide the others
                self.errors.append(clip(f"{name}: {type(error).__name__}: {error}"))
        return found

    def own_units(self, names):
        """{unit: whether it runs} for the ways to the database and the caches of all environments. One that systemd restarts by itself counts as running."""
        units = [unit for name in names for unit in (f"pressluft-database@{name}.socket", f"pressluft-cache@{name}.service")] if self.live else []
        if not units:
            return {}
        _, stdout, _ = self.output(["systemctl", "is-active", *units])
        return {unit: state not in ("inactive", "failed") for unit, state in zip(units, stdout.split("\n"))}

    def environment(self, name, token, units):
        record = self.json_file(f"/etc/pressluft/environments/{name}.json")
        spec = (record or {}).get("spec") or {}
        base = self.path(f"/srv/pressluft/{name}")
        php = (spec.get("php") or {}).get("version")
        retained = bool((record or {}).get("retained"))
        state = (record or {}).get("state")
        versions, main_files = self.versions(base, php)
        options = self.wordpress_options(name, spec) if self.live and record else None
        lost = self.missing_data(base, record or {}, options)
        active = None if not options else active_plugins(options.get("active_plugins", ""), f"{base}/current/public/wp-content/plugins", main_files)
        self.mark_active(versions, options, active)
        return {
            "record": record,
            "present": os.path.isdir(base),
            # Interrupted creates are identified by their claim, the first file that is written for an environment.
            "uid": (record or self.json_file(f"/etc/pressluft/secrets/{name}.json") or {}).get("uid"),
            "state": state,
            "retained": retained,
            "versions": versions,
            "services": {**self.php_state(name, php), **own_services(name, record or {}, units)},
            "http": self.http(name, record, token) if record and not retained and self.is_asked(name) else None,
            "drift": self.drift(record) + (self.live_drift(name, record) if self.live and not retained and (record or {}).get("digest") else []),
            **({"missingData": lost} if lost else {}),
            "site": None if options is None or retained or not record.get("digest") else self.site(name, base, state, options, active),
        }

    def is_asked(self, name):
        return self.http_depth != "none" and (self.sites is None or name in self.sites)

    def versions(self, base, php):
        root = f"{base}/current/public"
        wordpress = re.search(r"\$wp_version\s*=\s*'([^']{1,40})'", read(f"{root}/wp-includes/version.php", 20000) or "")
        plugins, themes, main_files = {}, {}, {}
        for directory in sorted(glob.glob(f"{root}/wp-content/plugins/*/"))[:MAX_PLUGINS]:
            slug = os.path.basename(directory.rstrip("/"))
            main = plugin_main(directory, slug)
            if main is not None:
                main_files[slug], plugins[slug] = f"{slug}/{main[0]}", {"version": main[1]}
        for style in sorted(glob.glob(f"{root}/wp-content/themes/*/style.css"))[:200]:
            themes[os.path.basename(os.path.dirname(style))] = {"version": header(read(style, 8192) or "", "Version") or ""}
        return {"wordpress": wordpress.group(1) if wordpress else None, "php": php, "plugins": plugins, "themes": themes}, main_files

    def php_state(self, name, php):
        """systemd removes the socket when it stops listening there."""
        if not php:
            return {"fpmSocket": False, "pool": False}
        return {
            "fpmSocket": os.path.exists(self.path(f"/run/pressluft-php/{name}.sock")),
            "pool": os.path.exists(self.path(f"/etc/pressluft-php/{name}.conf")),
        }

    def http(self, name, record, token):
        """Requests the front page as the site's main host. `ok`: the result matches the state in the record."""
        spec = record.get("spec") or {}
        host = urllib.parse.urlsplit(str(spec.get("site_url") or "")).netloc or str(record.get("host") or "")
        expected = 503 if record.get("state") == "stopped" else 200
        result = {"status": None, "ms": None, "host": host, "expected": expected, "ok": False, "generator": None, "message": ""}
        started = time.monotonic()
        left = max(0.1, self.deadline - started)
        connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=left)
        # A socket timeout applies to each read: a site that sends single bytes slowly would never reach it.
        alarm = threading.Timer(left, hang_up, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            connection.request("GET", "/", headers={"Host": host, "X-Pressluft-Probe": token, "X-Pressluft-Depth": self.http_depth, "User-Agent": "pressluft-probe"})
            reply = connection.getresponse()
            reply.read(1 << 20)
            if time.monotonic() >= self.deadline:
                raise TimeoutError("the answer did not end in time")
            result["status"] = reply.status
            result["generator"] = clip(reply.getheader("X-Pressluft-WordPress") or "", 40) or None
            marker = reply.getheader("X-Pressluft-Environment")
            if marker != name:
                result["message"] = "another host answers for this name"
            result["ok"] = marker == name and (reply.status == expected or (expected == 200 and 300 <= reply.status < 400))
            if marker == name and not result["ok"]:
                result["message"] = f"answers HTTP {reply.status} instead of {expected}"
        except (OSError, http.client.HTTPException, ValueError) as error:
            result["message"] = clip(f"{type(error).__name__}: {error}")
        finally:
            alarm.cancel()
            connection.close()
        result["ms"] = int((time.monotonic() - started) * 1000)
        return result

    def drift(self, record):
        """Managed files that are no longer as they were written."""
        drifted = []
        for path, expected in sorted(((record or {}).get("managedFiles") or {}).items())[:100]:
            actual = sha256(self.path(path))
            if actual != expected:
                drifted.append({"path": path, "expectedSha": expected, "actualSha": actual})
        return drifted

    def live_drift(self, name, record):
        """Directories and links that are gone, that others own, or that the owner cannot use, and services that refuse the environment's own account.

        Without its account, nothing belongs to an environment any more."""
        spec = record.get("spec") or {}
        user = str(spec.get("unix_user") or "")
        directories = directory_drift(self.path(f"/srv/pressluft/{name}"), user) if user else []
        return directories + self.access_drift(name, spec)

    def access_drift(self, name, spec):
        """A password that somebody changed, or an account that is gone. No answer of a service is a check of the node."""
        refused = []
        if name in self.refused:
            refused.append(f"database:{spec.get('database_user')}")
        return [{"path": path, "expectedSha": "access", "actualSha": "refused"} for path in refused]

    def site(self, name, base, state, options, active):
        """What WordPress says of itself, and the results of the site checks. An option that is missing is None."""
        title, address = options.get("blogname"), options.get("admin_email")
        return {
            "activePlugins": active,
            "activeTheme": clip(options["stylesheet"], 128) if "stylesheet" in options else None,
            **({"themeMissing": True} if theme_is_missing(f"{base}/current/public", options) else {}),
            # WordPress stores the title with character references.
            "title": None if title is None else clip(html.unescape(title), 300),
            "adminEmail": None if address is None else clip(address, 254),
            "locale": None if not options else clip(options.get("WPLANG", ""), 20) or "en_US",
            "databaseVersion": clip(options["db_version"], 20) if "db_version" in options else None,
            "frontPage": self.front_page(name, options) if state == "running" else None,
            "code": self.code(name, base),
        }

    def front_page(self, name, options):
        """The last rendering. Without tables it proves nothing: the object cache may still hold the pages."""
        if not options:
            message = "the tables of WordPress are missing or empty; visitors get the installer, or old pages from the object cache"
            return {"state": "installer", "status": None, "message": message, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        kept = self.json_file(f"{SITE_CHECKS}/front-page/{name}.json")
        return kept and {key: kept.get(key) for key in ("state", "status", "message", "at")}

    def code(self, name, base):
        """The last comparison, unless the release was replaced since."""
        kept = self.json_file(f"{SITE_CHECKS}/code/{name}.json")
        try:
            inode = os.stat(f"{base}/current/public/").st_ino
        except OSError:
            return None
        return {key: kept.get(key) for key in ("intact", "paths", "at")} if kept and kept.get("inode") == inode else None

    def missing_data(self, base, record, options):
        """What was applied and is gone, although the directory of the environment is there. A creation that did not end has lost nothing."""
        if not record.get("spec") or not os.path.isdir(base):
            return []
        lost = ["database"] if options is not None and not options else []
        return lost if os.path.isdir(f"{base}/shared/uploads") else [*lost, "uploads"]

    def wordpress_options(self, name, spec):
        """Options of WordPress; empty where it is not installed, None without an answer of the database.

        Read as the environment's own user: its tables may be views that run functions as the user who reads them.
        """
        if pymysql is None or not spec.get("database_user"):
            return None
        secrets = self.json_file(f"/etc/pressluft/secrets/{name}.json") or {}
        try:
            connection = pymysql.connect(
                unix_socket="/run/mysqld/mysqld.sock",
                user=str(spec.get("database_user")),
                password=str(secrets.get("database_password")),
                database=str(spec.get("database")),
                charset="utf8mb4",
                connect_timeout=SQL_SECONDS,
                read_timeout=SQL_SECONDS + 1,
            )
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    f"SET STATEMENT max_statement_time={SQL_SECONDS} FOR SELECT option_name, LEFT(option_value, {MAX_OPTION})"
                    f" FROM wp_options WHERE option_name IN ({', '.join(['%s'] * len(SITE_OPTIONS))}) LIMIT {len(SITE_OPTIONS)}",
                    SITE_OPTIONS,
                )
                options = {str(key): str(value) for key, value in cursor.fetchall()}
                # As a converge decides whether it has to install WordPress.
                cursor.execute(f"SET STATEMENT max_statement_time={SQL_SECONDS} FOR SELECT 1 FROM wp_users LIMIT 1")
                installed = cursor.fetchall() and options.get("siteurl")
                return options if installed and has_core_tables(cursor, str(spec.get("database"))) else {}
        except Exception as error:  # no table exists before the installation
            self.errors.append(clip(f"{name}: {type(error).__name__}: {error}"))
            code = error.args[0] if error.args else None
            present = code in REFUSED and self.guard(name, lambda: has_tables(str(spec.get("database"))))
            if present:
                self.refused.add(name)
            return {} if code == NO_SUCH_TABLE or present is False and code in REFUSED else None

    @staticmethod
    def mark_active(versions, options, active):
        if options is None:
            return
        for slug, plugin in versions["plugins"].items():
            plugin["active"] = slug in (active or [])
        if options.get("stylesheet") in versions["themes"]:
            versions["themes"][options["stylesheet"]]["active"] = True

    # --- helpers

    def guard(self, name, ask):
        try:
            return ask()
        except Exception as error:  # a failed query is reported, the others still count
            self.errors.append(clip(f"{name}: {type(error).__name__}: {error}"))
            return None

    def output(self, argv, stdin=None):
        """(status, stdout, stderr); a missing program or a timeout is status 127."""
        try:
            done = subprocess.run(
                argv,
                input=stdin,
                stdin=None if stdin is not None else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=15,
                env=PATH,
                text=True,
                errors="replace",
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return 127, "", clip(str(error))
        return done.returncode, done.stdout, done.stderr

    def path(self, path):
        return self.root + path

    def text(self, path, host=False):
        content = read(path if host else self.path(path), 1 << 20)
        return content.strip() if content is not None else None

    def json_file(self, path):
        try:
            document = json.loads(read(self.path(path), 1 << 20) or "null")
        except ValueError:
            self.errors.append(f"{path}: not JSON")
            return None
        return document if isinstance(document, dict) else None

    def php_versions(self):
        return sorted(path.split("/")[-3] for path in glob.glob(self.path("/etc/php/*/fpm/pool.d")))

    def os_name(self):
        match = re.search(r'^PRETTY_NAME="?([^"\n]*)', self.text("/etc/os-release") or "", re.MULTILINE)
        return match.group(1) if match else platform.system()

    def memory(self):
        fields = dict(re.findall(r"^(\w+):\s+(\d+)", self.text("/proc/meminfo", host=True) or "", re.MULTILINE))
        return int(fields.get("MemTotal", 0)) >> 10, int(fields.get("MemAvailable", 0)) >> 10


def own_services(name, record, units):
    """What a recorded environment needs while it runs. Nothing is known of other machines' directory trees."""
    spec = record.get("spec") or {}
    if not units or not record.get("digest") or spec.get("state") == "stopped":
        return {}
    services = {"databaseSocket": units.get(f"pressluft-database@{name}.socket", False)}
    if (spec.get("cache") or {}).get("object") == "redis":
        services["cache"] = units.get(f"pressluft-cache@{name}.service", False)
    return services


def theme_is_missing(root, options):
    """As a converge decides: without the code of its theme, or of its parent, WordPress answers with empty pages. The object cache may still hold old ones."""
    slugs = {options[name] for name in ("stylesheet", "template") if options.get(name)}
    return os.path.isdir(root) and not all(re.fullmatch(r"[A-Za-z0-9._/-]+", slug) and os.path.isdir(f"{root}/wp-content/themes/{slug}") for slug in slugs)


def nginx_fault(words):
    """The place of a fault. The words of nginx may quote any file, and what a probe says is published."""
    place = re.search(r" in (/etc/nginx/[\w./-]+:\d+)", words)
    where = f" in {place.group(1)}" if place else ""
    return f"nginx rejects its configuration{where}; `sudo nginx -t` on the node says why" if words.strip() else ""


def of_environment(check, environments):
    """With the environment whose file nginx rejects: what puts that right is its converge."""
    if check["ok"] or check["code"] != "nginx_config_invalid":
        return check
    for name, found in environments.items():
        record = found.get("record") or {}
        paths = [path for path in record.get("managedFiles") or {} if re.search(re.escape(path) + r"(?![\w.-])", check["message"])]
        if paths:
            return {**check, "environment": name}
    return check


def has_tables(database):
    """Whether the database has the tables of WordPress. Asked as root, which reads no table of a site."""
    connection = pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="root", connect_timeout=SQL_SECONDS, read_timeout=SQL_SECONDS + 1)
    with connection, connection.cursor() as cursor:
        return has_core_tables(cursor, database)


def has_core_tables(cursor, database):
    """All of them: without its posts, WordPress shows an empty site and no error."""
    names = ", ".join(f"'{table}'" for table in CORE_TABLES)
    cursor.execute(f"SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name IN ({names})", (database,))
    return len(cursor.fetchall()) == len(CORE_TABLES)


def directory_drift(base, user):
    """As a converge creates them (`accounts.directories`). A site may give rights to its own directories, but needs those listed here."""
    drifted = []
    for path, owner, group, mode in (
        ("", "root", "www-data", 0o710),
        ("/slots", "root", "root", 0o755),
        ("/shared", "root", "root", 0o755),
        ("/shared/uploads", user, user, 0o755),
        ("/tmp", user, user, 0o700),
        ("/sessions", user, user, 0o700),
        ("/logs", "root", user, 0o751),
    ):
        expected, actual = directory_words(mode, owner, group), directory_state(base + path)
        opened = owner == user and re.fullmatch(r"([0-7]{4}) " + re.escape(expected[5:]), actual or "")
        if actual != expected and not (opened and int(opened.group(1), 8) & mode == mode):
            drifted.append({"path": base + path, "expectedSha": expected, "actualSha": actual})
    return drifted + link_drift(base)


def link_drift(base):
    """The links to the code that is served. The live release may be another one than the verified one, but there must be one."""
    current = link_words(f"{base}/current")
    # A restore switches to the slot b.
    wanted = current if current in ("link to slots/a", "link to slots/b") else "link to slots/a"
    slot = f"{base}/{wanted.removeprefix('link to ')}"
    public, verified = f"{slot}/public", link_words(f"{slot}/verified")
    drifted = [] if current == wanted else [{"path": f"{base}/current", "expectedSha": wanted, "actualSha": current}]
    if verified is not None and not os.path.isdir(public):
        drifted.append({"path": public, "expectedSha": verified, "actualSha": None})
    return drifted


def link_words(path):
    """None if nothing is there."""
    try:
        return clip(f"link to {os.readlink(path)}", 80)
    except FileNotFoundError:
        return None
    except OSError:
        return "not a link"


def directory_state(path):
    """Mode, owner and group of a directory, with the number of an account that does not exist; None if nothing is there."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return "not a directory"
    return directory_words(stat.S_IMODE(found.st_mode), account_name(pwd.getpwuid, found.st_uid), account_name(grp.getgrgid, found.st_gid))


def directory_words(mode, owner, group):
    """The mode first, since plans cut long values; the group only if its name is another one."""
    return f"{mode:04o} {owner}" if owner == group else f"{mode:04o} {owner}:{group}"


def account_name(look_up, number):
    try:
        return look_up(number)[0]
    except KeyError:
        return str(number)


def plugin_main(directory, slug):
    """(main file, version) of a plugin; None if there is no main file."""
    names = sorted(glob.glob(directory + "*.php"), key=lambda path: (os.path.basename(path) != slug + ".php", path))
    for path in names[:50]:
        text = read(path, 8192) or ""
        if header(text, "Plugin Name"):
            return os.path.basename(path), header(text, "Version") or ""
    return None


def active_plugins(stored, directory, main_files):
    """Slugs of the plugins that WordPress loads, sorted. One that is not loaded through the main file of its directory has the path of its file.

    As WordPress, leaves out files that do not exist. None if the list is too long to be known.
    """
    if len(stored) >= MAX_OPTION:
        return None
    slugs = {file: slug for slug, file in main_files.items()}
    files = [file for file in serialized_strings(stored)[: 10 * MAX_PLUGINS] if file.endswith(".php") and ".." not in file.split("/") and "\0" not in file]
    return sorted({slugs.get(file) or clip(file, 200) for file in files if os.path.isfile(f"{directory}/{file}")})[:MAX_PLUGINS]


SERIALIZED = re.compile(rb'(?:[ibd]:[^;"{}]{1,30}|N);|s:(\d{1,7}):"')


def serialized_strings(text):
    """Strings among the values of a flat array in PHP's format. A value that PHP could not read is an array without any, as for WordPress."""
    data = text.encode("utf-8", "surrogatepass")
    head = re.match(rb"a:(\d{1,6}):\{", data)
    if head is None:
        return []
    found, position = [], head.end()
    for index in range(2 * int(head.group(1))):
        item = SERIALIZED.match(data, position)
        if item is None:
            return []
        position = item.end()
        if item.group(1) is None:
            continue
        value, position = data[position : position + int(item.group(1))], position + int(item.group(1))
        if data[position : position + 2] != b'";':
            return []
        position += 2
        if index % 2:
            found.append(value.decode("utf-8", "replace"))
    return found if data[position : position + 1] == b"}" else []


def header(text, name):
    match = re.search(r"^[ \t/*#@]*" + re.escape(name) + r":(.*)$", text, re.MULTILINE | re.IGNORECASE)
    return clip(match.group(1).strip().removesuffix("*/").strip(), 80) if match else None


def read(path, limit):
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read(limit)
    except OSError:
        return None


def sha256(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            for block in iter(lambda: handle.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def hang_up(connection):
    try:
        connection.sock.shutdown(socket.SHUT_RDWR)
    except (OSError, AttributeError):
        pass


def clip(text, limit=MAX_TEXT):
    return text.strip() if len(text.strip()) <= limit else text.strip()[: limit - 1] + "…"


if __name__ == "__main__":
    main()
