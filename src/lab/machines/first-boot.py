"""Prepares a machine's root file system before its first boot.

Runs chrooted into that file system, so no path in the plan on standard input, and no symlink of the image or an earlier
entry, reaches the host. Warnings go to standard output and end up on the machine's console.
"""

import base64
import json
import os
import pwd
import subprocess
import sys

CLOUD = "/var/lib/cloud"
BOOT_SCRIPT = "/usr/lib/pressluft-lab/cloud-final"


def main():
    plan = json.load(sys.stdin)
    os.umask(0o022)
    identity(plan)
    network(plan)
    host_keys(plan.get("hostKey"))
    for user in plan["users"]:
        attempt("user " + user["name"], add_user, user)
    root_keys(plan)
    for entry in plan["files"]:
        attempt("file " + entry["path"], write_entry, entry)
    boot_unit(plan)
    for warning in plan["warnings"]:
        warn(warning)


def warn(message):
    print("cloud-init[lab]: " + message)


def attempt(what, function, argument):
    """As in cloud-init, one bad entry does not stop the others; `cloud-init status` reports it as an error."""
    try:
        function(argument)
    except Exception as error:
        warn("%s: %s" % (what, error))
        write(CLOUD + "/data/errors", "%s: %s\n" % (what, error), append=True)


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (argv[0], (done.stderr or done.stdout).strip()[-500:]))


def write(path, content, mode=0o644, append=False):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not append and os.path.islink(path):
        os.unlink(path)
    with open(path, "ab" if append else "wb") as handle:
        handle.write(content if isinstance(content, bytes) else content.encode())
        os.fchmod(handle.fileno(), mode)


def identity(plan):
    name = plan["hostname"]
    write("/etc/machine-id", plan["instanceId"] + "\n", 0o444)
    write("/etc/hostname", name + "\n")
    write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost ip6-loopback\n" % name)
    write(plan["meminfo"]["path"], plan["meminfo"]["content"])
    zone = plan.get("timezone")
    if zone:
        if os.path.exists("/usr/share/zoneinfo/" + zone) and ".." not in zone:
            write("/etc/timezone", zone + "\n")
            if os.path.lexists("/etc/localtime"):
                os.unlink("/etc/localtime")
            os.symlink("/usr/share/zoneinfo/" + zone, "/etc/localtime")
        else:
            warn("time zone %s is unknown: ignored" % zone)


def network(plan):
    # Nothing answers DNS there; the host refuses the port, so that look-ups fail at once instead of timing out.
    write("/etc/resolv.conf", "nameserver %s\noptions timeout:1 attempts:1\n" % plan["nameserver"])
    write("/etc/apt/apt.conf.d/80lab-proxy", 'Acquire::http::Proxy "%s";\n' % plan["proxyUrl"])
    write("/etc/apt/sources.list", plan["aptSources"])


def host_keys(key):
    for name in os.listdir("/etc/ssh"):
        if name.startswith("ssh_host_"):
            os.unlink("/etc/ssh/" + name)
    if key:
        # sshd refuses a private key without its final newline.
        write("/etc/ssh/ssh_host_ed25519_key", key["privateKey"].rstrip("\n") + "\n", 0o600)
        write("/etc/ssh/ssh_host_ed25519_key.pub", key["publicKey"].rstrip("\n") + "\n")
        return
    for kind in ("ed25519", "ecdsa"):
        run("ssh-keygen", "-q", "-N", "", "-C", "", "-t", kind, "-f", "/etc/ssh/ssh_host_%s_key" % kind)


def add_user(user):
    name = user["name"]
    try:
        pwd.getpwnam(name)
    except KeyError:
        arguments = ["useradd", "--create-home", "--user-group", "--shell", user.get("shell") or "/bin/bash"]
        if user.get("gecos"):
            arguments += ["--comment", user["gecos"]]
        if user.get("home"):
            arguments += ["--home-dir", user["home"]]
        if user["system"]:
            arguments += ["--system"]
        run(*arguments, "--", name)
    for group in user["groups"]:
        run("groupadd", "--force", "--", group)
        run("usermod", "--append", "--groups", group, "--", name)
    if user.get("passwordHash"):
        run("usermod", "--password", user["passwordHash"], "--", name)
    if user["lockPassword"]:
        run("usermod", "--lock", "--", name)
    if user["sudo"]:
        rules = "".join("%s %s\n" % (name, rule) for rule in user["sudo"])
        write("/etc/sudoers.d/90-cloud-init-users", rules, 0o440, append=True)
        run("visudo", "-cqf", "/etc/sudoers.d/90-cloud-init-users")
    authorized_keys(name, user["sshAuthorizedKeys"])


def authorized_keys(name, keys, prefix=""):
    if not keys:
        return
    account = pwd.getpwnam(name)
    directory = account.pw_dir + "/.ssh"
    path = directory + "/authorized_keys"
    os.makedirs(directory, exist_ok=True)
    write(path, "".join(prefix + key.strip() + "\n" for key in keys), 0o600)
    for owned in (directory, path):
        os.lchown(owned, account.pw_uid, account.pw_gid)
    os.chmod(directory, 0o700)


def root_keys(plan):
    prefix = ""
    if plan["disableRoot"]:
        user = plan["users"][0]["name"] if plan["users"] else "debian"
        prefix = (
            "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,"
            "command=\"echo 'Please login as the user \\\"%s\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142\" "
            % user
        )
    authorized_keys("root", plan["rootKeys"], prefix)


def write_entry(entry):
    content = base64.b64decode(entry["contentBase64"])
    write(entry["path"], content, int(entry["permissions"], 8), entry["append"])
    user, _, group = entry["owner"].partition(":")
    run("chown", "--no-dereference", "%s:%s" % (user, group or user), "--", entry["path"])


def boot_unit(plan):
    scripts = CLOUD + "/instance/scripts"
    os.makedirs(scripts, exist_ok=True)
    steps = []
    if plan["packageUpdate"] or plan["packages"]:
        lines = ["#!/bin/sh", "set -e", "export DEBIAN_FRONTEND=noninteractive", "apt-get -q update"]
        if plan["packages"]:
            lines.append("apt-get -q -y install " + " ".join(plan["packages"]))
        steps.append(("packages", "\n".join(lines) + "\n"))
    if plan["commands"]:
        steps.append(("runcmd", "\n".join(["#!/bin/sh", *plan["commands"]]) + "\n"))
    if plan.get("script"):
        steps.append(("part-001", plan["script"]))
    for name, content in steps:
        write("%s/%s" % (scripts, name), content, 0o700)
    write(CLOUD + "/instance/user-data.txt", plan.get("userData") or "", 0o600)
    write(CLOUD + "/data/instance-id", plan["instanceId"] + "\n")
    write(BOOT_SCRIPT, FINAL, 0o755)
    write("/usr/bin/cloud-init", CLOUD_INIT, 0o755)
    write("/etc/systemd/system/cloud-final.service", UNIT)
    wants = "/etc/systemd/system/multi-user.target.wants/cloud-final.service"
    os.makedirs(os.path.dirname(wants), exist_ok=True)
    if not os.path.lexists(wants):
        os.symlink("/etc/systemd/system/cloud-final.service", wants)


UNIT = """[Unit]
Description=Execute cloud user/final scripts
After=network-online.target ssh.service
ConditionPathExists=!/var/lib/cloud/instance/boot-finished

[Service]
Type=oneshot
ExecStart=/usr/lib/pressluft-lab/cloud-final
RemainAfterExit=yes
TimeoutSec=0
StandardOutput=journal+console
StandardError=journal+console
"""

FINAL = """#!/bin/sh
cd /
for name in packages runcmd part-001; do
  script=/var/lib/cloud/instance/scripts/$name
  [ -x "$script" ] || continue
  "$script" || echo "$name: exit $?" >> /var/lib/cloud/data/errors
done
date -u > /var/lib/cloud/instance/boot-finished
"""

CLOUD_INIT = """#!/bin/sh
done=/var/lib/cloud/instance/boot-finished
case "$1" in
  status)
    case " $* " in *" --wait "* | *" -w "*) while [ ! -e $done ]; do sleep 0.2; done ;; esac
    if [ ! -e $done ]; then state=running code=0
    elif [ -s /var/lib/cloud/data/errors ]; then state=error code=1
    else state=done code=0; fi
    case " $* " in
      *json*) echo "{\\"status\\": \\"$state\\"}" ;;
      *) echo "status: $state" ;;
    esac
    exit $code ;;
  --version | -v) echo "/usr/bin/cloud-init 22.4.2 (lab)" ;;
  *) echo "the lab's cloud-init knows only: status [--wait] [--format json]" >&2; exit 2 ;;
esac
"""

main()
