#!/usr/bin/env bash
# Locks the dependencies with their hashes; the files name no host: packaging/lock.sh BIN
set -euo pipefail
bin=$1

"$bin/python" -m pip install --quiet uv
compile() {
    "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header "$@"
}
compile --extra legacy-office pyproject.toml --output-file requirements.txt
compile --group build --output-file requirements-build.txt
compile --extra legacy-office --group dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
