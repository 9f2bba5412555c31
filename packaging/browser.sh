#!/usr/bin/env bash
# Sees to a Chromium for the browser tests.
set -euo pipefail

command -v chromium >/dev/null && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
{ $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium; } >/dev/null 2>&1 \
    || { echo "chaperone: Chromium is missing: apt-get install chromium" >&2; exit 1; }
