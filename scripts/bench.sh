#!/bin/sh
# Benchmarks on real machines: prints a table; --json FILE writes the figures too.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
PATH="$PWD/node_modules/.bin:$PATH" exec node test/bench/main.ts "$@"
