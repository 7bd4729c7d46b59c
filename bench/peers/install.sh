#!/bin/sh
# Sets up one peer, fastapi or mlserver, in a virtual environment of its own beside this file:
#   bench/peers/install.sh fastapi
# Once its pins are installed, it does nothing. PYTHON names another Python (3.10 to 3.12).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peer=$1
pins="$here/$peer/requirements.txt"
venv="$here/.venv-$peer"
test -f "$pins" || { echo "There is no peer named $peer: $pins is missing." >&2; exit 1; }
cmp -s "$pins" "$venv/installed.txt" && exit 0
rm -rf "$venv"
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$pins" >&2
cp "$pins" "$venv/installed.txt"
