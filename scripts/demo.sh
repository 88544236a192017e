#!/bin/sh
# From a commit to running WordPress sites on this machine; see docs/demo.md. Arguments: --keep leaves everything running.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null 2>&1; then
  exec sudo -n env "PATH=$PATH" node scripts/demo/main.ts "$@"
fi
exec node scripts/demo/main.ts "$@"
