#!/usr/bin/env bash
# Sees to libmagic, which decides what a file is: packaging/libmagic.sh PYTHON
set -euo pipefail
python=$1

"$python" -c 'import magic' 2>/dev/null && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null; then
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq libmagic1; } >/dev/null 2>&1 || true
fi
"$python" -c 'import magic' 2>/dev/null && exit 0
echo "chaperone: libmagic is missing: install it (Debian, Ubuntu: apt-get install libmagic1) and run make again" >&2
exit 1
