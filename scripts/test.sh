#!/bin/sh
# The whole test suite: set-up, formatter, linter, layers, types, unit, contract, lab and end-to-end tests on real machines.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
PATH="$PWD/node_modules/.bin:$PATH" exec node scripts/run-tests.ts "$@"
