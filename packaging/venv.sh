#!/usr/bin/env bash
# Makes the virtual environment: packaging/venv.sh PYTHON FOLDER
set -euo pipefail
python=$1 folder=$2

say() { echo "chaperone: $*" >&2; exit 1; }

command -v "$python" >/dev/null || say "no $python here: install Python 3.11 or later (Debian: apt-get install python3 python3-venv)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || say "$("$python" --version) is too old: Python 3.11 or later is needed (make PYTHON=python3.12 names another)"

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian ships venv apart from Python.
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq python3-venv; } >/dev/null 2>&1 \
        || say "Python's venv is missing: apt-get install python3-venv"
fi
"$python" -m venv "$folder"
