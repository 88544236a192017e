#!/bin/sh
# Builds the container image with buildah, in separate storage, and runs `pressluft doctor` in it as the image's user. Arguments are passed to
# `buildah build`, e.g. --no-cache. See docs/container.md for the variables that it reads and for the use of the image.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "image: $*" >&2; }

if [ "$(uname -s)" != Linux ]; then
  say "skipped: buildah needs Linux; elsewhere, build the Dockerfile with Docker or Podman"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    exec sudo -n --preserve-env=PRESSLUFT_IMAGE_BASE,PRESSLUFT_IMAGE_STORE env "PATH=$PATH" sh "$0" "$@"
  fi
  say "skipped: neither root nor sudo; a base image cannot be made. With Docker or Podman: docker build -t pressluft ."
  exit 0
fi

need() {
  command -v "$1" >/dev/null 2>&1 || case " $missing " in *" $2 "*) ;; *) missing="$missing $2" ;; esac
}
missing=""
need buildah buildah
need crun crun
need debootstrap debootstrap
[ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null 2>&1; then
    say "skipped: install by hand (no apt-get here):$missing"
    exit 0
  fi
  say "installing Debian packages:$missing"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
if [ ! -x node_modules/node/bin/node ]; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
node=$PWD/node_modules/node/bin/node

PRESSLUFT_IMAGE_STORE=${PRESSLUFT_IMAGE_STORE:-/var/cache/pressluft-image}
export PRESSLUFT_IMAGE_STORE
umask 022
mkdir -p "$PRESSLUFT_IMAGE_STORE"
chmod 700 "$PRESSLUFT_IMAGE_STORE"
# One build at a time: they share the base and the names of the images.
exec 9> "$PRESSLUFT_IMAGE_STORE/lock"
flock 9
work=$(mktemp -d "$PRESSLUFT_IMAGE_STORE/build.XXXXXX")
# shellcheck disable=SC2317
clean() {
  # Only this script uses the storage, under a lock, so these are all from this run or from a killed one.
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

rm -rf "$PRESSLUFT_IMAGE_STORE"/base.*

# overlay shares files between layers; where it cannot be mounted, e.g. inside a container, vfs copies them.
driver=vfs
mkdir "$work/lower" "$work/upper" "$work/index" "$work/merged"
if mount -t overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/index" overlay "$work/merged" 2>/dev/null; then
  umount "$work/merged"
  driver=overlay
fi
cat > "$PRESSLUFT_IMAGE_STORE/storage.conf" <<CONFIG
[storage]
driver = "$driver"
graphroot = "$PRESSLUFT_IMAGE_STORE/$driver"
runroot = "$PRESSLUFT_IMAGE_STORE/run-$driver"
CONFIG
export CONTAINERS_STORAGE_CONF="$PRESSLUFT_IMAGE_STORE/storage.conf"
export BUILDAH_ISOLATION=chroot

# The package settings of this host; passed to the build as secrets, so that no layer contains them.
inside=/run/secrets
ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
[ -r "$ca" ] || ca=/dev/null
cat "$ca" > "$work/ca"
{
  for key in registry proxy https-proxy noproxy strict-ssl; do
    value=$(npm config get "$key" 2>/dev/null)
    case $value in null | undefined | '') ;; *) printf '%s=%s\n' "$key" "$value" ;; esac
  done
  for kind in globalconfig userconfig; do
    file=$(npm config get "$kind" 2>/dev/null)
    # Logins and registries of scopes; npm itself does not print them.
    if [ -r "$file" ]; then grep -E '^(//|@)' "$file" || true; fi
  done
  if [ -s "$work/ca" ]; then echo "cafile=$inside/ca"; fi
} > "$work/npmrc"
{
  echo "[global]"
  if [ -s "$work/ca" ]; then echo "cert = $inside/ca"; fi
  if python3 -m pip --version >/dev/null 2>&1; then pip="python3 -m pip"; else pip=.venv/bin/pip; fi
  $pip config list 2>/dev/null \
    | sed -nE "s/^(:env:|global|install)\.(index-url|extra-index-url|trusted-host|proxy|timeout)='(.*)'$/\2 = \3/p" | awk -F ' = ' '{ last[$1] = $0 } END { for (key in last) print last[key] }'
} > "$work/pip.conf"
{
  apt-config dump 2>/dev/null | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy)' || true
  if [ -s "$work/ca" ]; then echo "Acquire::https::CAInfo \"$inside/ca\";"; fi
} > "$work/apt.conf"
: > "$work/apt.list"

base=${PRESSLUFT_IMAGE_BASE:-}
if [ -z "$base" ]; then
  base=$(sed -n 's/^ARG BASE=//p' Dockerfile)
  if ! timeout 600 buildah pull --quiet "$base" > "$work/pull" 2>&1; then
    say "$base cannot be pulled ($(tail -n 1 "$work/pull" | cut -c 1-200)); a base image is made here"
    base=local
  fi
fi
if [ "$base" = local ]; then
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null \
    | awk '$2 ~ /^bookworm(-updates|-security)?$/ && $3 == "main" && !seen[$0]++ { print "deb", $1, $2, $3 }' > "$work/apt.list"
  mirror=$(awk '$3 == "bookworm" { print $2; exit }' "$work/apt.list")
  if [ -z "$mirror" ]; then
    say "no mirror of Debian bookworm is in this host's apt sources, and no base image can be made without; name one in PRESSLUFT_IMAGE_BASE"
    exit 3
  fi
  cat >> "$work/apt.conf" <<CONFIG
Dir::Etc::SourceList "$inside/apt.list";
Dir::Etc::SourceParts "/dev/null";
CONFIG
  base=localhost/pressluft-base
  sh scripts/image-base.sh "$base" "$mirror"
fi

version=$("$node" -p 'require("./package.json").version')
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
tag=localhost/pressluft:$version
build() {
  buildah build --layers --force-rm --isolation chroot --network host --quiet --format oci --build-arg "BASE=$base" \
    --secret "id=ca,src=$work/ca" --secret "id=npmrc,src=$work/npmrc" --secret "id=pip.conf,src=$work/pip.conf" \
    --secret "id=apt.conf,src=$work/apt.conf" --secret "id=apt.list,src=$work/apt.list" "$@" . >/dev/null
}
say "building $tag on $base (storage: $driver)"
started=$(date +%s)
build --tag "$tag" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" "$@"
# With a separate name the layers of the first stage survive the pruning below, and the next build reuses them.
build --target build --tag localhost/pressluft-build
seconds=$(($(date +%s) - started))
buildah rmi --prune >/dev/null 2>&1 || true

container=$(buildah from --quiet "$tag")
inside_run() { buildah run --isolation chroot "$container" -- "$@"; }
size=$(buildah inspect --type image --format '{{ .Manifest }}' "$tag" | "$node" -e '
  const { layers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  console.log(Math.round(layers.reduce((sum, layer) => sum + layer.size, 0) / 1e6));')
say "$tag: $size MB in layers, built in $seconds s, runs as $(inside_run id -u):$(inside_run id -g)"
if [ "$(inside_run id -u)" = 0 ]; then
  say "the image runs as root"
  exit 1
fi
inside_run pressluft validate /opt/pressluft/example-repo >&2

status=0
inside_run pressluft doctor --format json > "$work/doctor.json" || status=$?
cat "$work/doctor.json"
# Free disk space and network access depend on the host that runs the container.
failed=$("$node" -e '
  const { checks } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  const ofTheHost = /^(disk|repository|clock|provider\/.*)$/;
  console.log(checks.filter(({ id, status }) => status === "fail" && !ofTheHost.test(id)).map(({ id }) => id).join(" "));' "$work/doctor.json") || exit 1
if [ -n "$failed" ]; then
  say "the doctor finds fault with the image: $failed"
  exit 1
fi
if [ "$status" != 0 ]; then say "the doctor's only findings are about this host (exit $status)"; fi
say "good; it stays in $PRESSLUFT_IMAGE_STORE"
