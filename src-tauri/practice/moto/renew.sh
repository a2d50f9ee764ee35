#!/usr/bin/env bash
# Renews requirements.txt: moto and everything it needs, each pinned with the hashes of all its files, for every system
# and every Python from 3.10 on (moto needs that).
# Use: src-tauri/practice/moto/renew.sh 5.2.5
set -euo pipefail
version=${1:?name the version of moto}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -I -m venv "$scratch/venv"
"$scratch/venv/bin/pip" --isolated install --quiet uv
echo "moto[server]==$version" > "$scratch/requirements.in"
# uv, since pip-compile sees only the Python and the system it runs on.
"$scratch/venv/bin/uv" pip compile --quiet --no-config --no-cache --universal --python-version 3.10 --only-binary :all: \
  --generate-hashes --no-header --no-annotate "$scratch/requirements.in" --output-file "$scratch/requirements.txt"
{
  echo "# moto $version and all it needs, each with the hashes of its files. Written by renew.sh."
  cat "$scratch/requirements.txt"
} > "$here/requirements.txt"
