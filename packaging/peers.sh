#!/usr/bin/env bash
# The peers of the benchmark: installs what is missing, or says in one line what it could not install.
set -euo pipefail
folder=$(dirname "$0")/../.peers
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"

missing=()
for pair in postconf:postfix rspamd:rspamd amavisd:amavisd-new file:file node:nodejs npm:npm; do
    PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null; then
    # The benchmark starts its own; Debian would start each as a service of the machine.
    if $as_root test ! -e /usr/sbin/policy-rc.d 2>/dev/null; then
        trap '$as_root rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' | $as_root tee /usr/sbin/policy-rc.d >/dev/null 2>&1 || true
        $as_root chmod +x /usr/sbin/policy-rc.d 2>/dev/null || true
    fi
    $as_root timeout 60 apt-get update -qq >/dev/null 2>&1 || true
    for package in "${missing[@]}"; do
        $as_root env DEBIAN_FRONTEND=noninteractive timeout 300 \
            apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
            echo "chaperone: could not install $package; it is left out of the comparison" >&2
    done
fi
# Newest Haraka asks for versions of three libraries that not every registry has.
if [ ! -d "$folder/node_modules/Haraka" ] && command -v npm >/dev/null; then
    mkdir -p "$folder"
    cat >"$folder/package.json" <<'JSON'
{
    "private": true,
    "dependencies": { "Haraka": "3.3.4" },
    "overrides": { "encoding-japanese": "2.4.0", "libqp": "2.1.1", "libmime": "5.3.7" }
}
JSON
    timeout 300 npm install --silent --no-audit --no-fund --omit=optional --ignore-scripts \
        --prefix "$folder" >/dev/null 2>&1 ||
        echo "chaperone: could not install Haraka (npm install Haraka); it is left out of the comparison" >&2
fi
