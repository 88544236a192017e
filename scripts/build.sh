#!/bin/sh
# Compiles src/ and the schemas that it imports to dist/ (or to the directory given), and copies the files that the code reads at run time.
set -eu
cd "$(dirname "$0")/.."
out=${1:-dist}

rm -rf "$out"
node_modules/.bin/tsc -p tsconfig.build.json --outDir "$out"
find src -type f ! -name '*.ts' ! -name '*.pyc' | while IFS= read -r file; do
  mkdir -p "$out/$(dirname "$file")"
  cp "$file" "$out/$file"
done
