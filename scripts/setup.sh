#!/bin/sh
# Installs missing dependencies of tests, demo and benchmarks: npm packages, Debian packages (as root or with sudo), and the
# virtualenv with Ansible. Safe to run again; prints what it skips and why.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*" >&2; }

lock_hash() { cksum package-lock.json package.json | cksum | cut -d' ' -f1; }
if [ ! -f node_modules/.pressluft-setup ] || [ "$(cat node_modules/.pressluft-setup)" != "$(lock_hash)" ]; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error >&2
  lock_hash > node_modules/.pressluft-setup
fi

# command:package pairs; openssh-server gives the test's Git server over SSH, gnupg the keys of signed commits, the rest is for Ansible and the lab.
wanted="ssh:openssh-client ssh-keygen:openssh-client /usr/sbin/sshd:openssh-server python3:python3 curl:curl jq:jq gpg:gnupg"
lab="debootstrap:debootstrap systemd-nspawn:systemd-container ip:iproute2 nft:nftables dpkg-deb:dpkg"
missing=""
need() {
  command -v "${1%%:*}" >/dev/null 2>&1 || case " $missing " in *" ${1##*:} "*) ;; *) missing="$missing ${1##*:}" ;; esac
}
for pair in $wanted; do need "$pair"; done
if [ "$(uname -s)" = Linux ]; then for pair in $lab; do need "$pair"; done; fi
# A Python without ensurepip cannot create a virtualenv; Debian ships it in a separate package.
if ! python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then missing="$missing python3-venv"; fi

if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null 2>&1; then
    say "missing:$missing; install them by hand (no apt-get here). Parts that need them are skipped."
  elif [ "$(id -u)" = 0 ]; then
    say "installing Debian packages:$missing"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    say "installing Debian packages with sudo:$missing"
    sudo -n apt-get update -qq >&2
    # shellcheck disable=SC2086
    sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
  else
    say "missing:$missing; neither root nor sudo, so they are not installed. Parts that need them are skipped."
  fi
fi

PATH="$PWD/node_modules/.bin:$PATH" node scripts/ensure-ansible.ts
