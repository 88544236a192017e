#!/bin/sh
# Creates the base image that Dockerfile expects, for hosts that reach no image registry: Debian 12 by debootstrap from the mirror in the
# host's apt sources, Node.js from the npm package `node`, npm in the host's version. Run by image.sh, which sets buildah's storage.
# Arguments: name of the image, URI of the mirror. A current image is left unchanged.
set -eu
cd "$(dirname "$0")/.."
name=$1
mirror=$2
release=bookworm

say() { printf '%s\n' "image: $*" >&2; }

node_root=node_modules/node
[ -x "$node_root/bin/node" ] || { say "$node_root/bin/node is missing: run npm install"; exit 3; }

# Rebuilt when its inputs change, and every week for Debian's security updates.
recipe=$({ cat "$0"; "$node_root/bin/node" --version; npm --version; date +%G-%V; } | cksum | cut -d' ' -f1)
if [ "$(buildah inspect --type image --format '{{ index .OCIv1.Config.Labels "dev.pressluft.recipe" }}' "$name" 2>/dev/null)" = "$recipe" ]; then
  exit 0
fi

work=$(mktemp -d "${PRESSLUFT_IMAGE_STORE:?}/base.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

say "making a base image: Debian $release, Node.js $("$node_root/bin/node" --version)"
root=$work/root
if ! debootstrap --variant=minbase "$release" "$root" "$mirror" > "$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  say "debootstrap failed"
  exit 4
fi

# The apt sources belong to this host, not to an image; documentation except licences is left out, as in Debian's slim images.
: > "$root/etc/apt/sources.list"
: > "$root/etc/resolv.conf"
: > "$root/etc/hostname"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt "$root"/debootstrap
rm -rf "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/share/info/*
find "$root/usr/share/doc" -depth -type f ! -name copyright -delete
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
cat > "$root/etc/dpkg/dpkg.cfg.d/slim" <<'CONFIG'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
CONFIG

install -m 755 "$node_root/bin/node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
npm_root=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
# Debian's npm is split into many packages; in that case the npm release is fetched, which contains all dependencies.
if [ ! -d "$npm_root/node_modules/@npmcli/arborist" ]; then
  npm pack --silent --pack-destination "$work" npm@11 >/dev/null
  tar -xzf "$work"/npm-*.tgz -C "$work"
  npm_root=$work/package
fi
cp -R --no-preserve=ownership "$npm_root" "$root/usr/local/lib/node_modules/npm"
rm -rf "$root"/usr/local/lib/node_modules/npm/docs "$root"/usr/local/lib/node_modules/npm/man
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"

container=$(buildah from scratch)
buildah add --quiet "$container" "$root" / >/dev/null
buildah config --label "dev.pressluft.recipe=$recipe" --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd node "$container"
buildah commit --quiet --rm "$container" "$name" >/dev/null
