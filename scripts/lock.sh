#!/bin/sh
# Resolves the dependencies anew into requirements.lock: names, versions and hashes, no index address.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .uv/bin/uv)
"$uv" pip compile pyproject.toml --quiet --upgrade --all-extras --group dev --universal \
  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock
