#!/usr/bin/env bash
# Renews requirements.txt: moto and everything it needs, each pinned with the hashes of all its files.
# Use: src-tauri/practice/moto/renew.sh 5.2.5
set -euo pipefail
version=${1:?name the version of moto}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet pip-tools
echo "moto[server]==$version" > "$scratch/requirements.in"
(cd "$scratch" && venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.txt requirements.in)
{
  echo "# moto $version and all it needs, each with the hashes of its files. Written by renew.sh."
  cat "$scratch/requirements.txt"
} > "$here/requirements.txt"
