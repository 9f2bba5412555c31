#!/usr/bin/env bash
# The peers of the interoperability tests: installs what is missing, or says in one line what to install.
set -euo pipefail
folder=$(dirname "$0")/../.interop
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"

missing=()
for pair in postconf:postfix swaks:swaks curl:curl msmtp:msmtp node:nodejs npm:npm slapd:slapd \
    openssl:openssl haproxy:haproxy gpg:gnupg age:age qpdf:qpdf 7z:7zip soffice:libreoffice-writer-nogui; do
    PATH=$PATH:/usr/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
# LibreOffice's bridge to Python comes apart from it, and so does what opens workbooks.
if command -v dpkg >/dev/null && ! dpkg -s python3-uno >/dev/null 2>&1; then
    missing+=(python3-uno libreoffice-calc-nogui)
fi
if [ ${#missing[@]} -gt 0 ] && command -v apt-get >/dev/null; then
    $as_root apt-get update -qq >/dev/null 2>&1 || true
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
        echo "chaperone: could not install ${missing[*]}; the tests that need them are skipped" >&2
fi
if [ ! -d "$folder/node_modules/nodemailer" ] && command -v npm >/dev/null; then
    mkdir -p "$folder"
    npm install --silent --no-audit --no-fund --prefix "$folder" nodemailer >/dev/null 2>&1 ||
        echo "chaperone: could not install nodemailer (npm install nodemailer); its tests are skipped" >&2
fi
