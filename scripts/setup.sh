#!/bin/sh
# Makes .venv with the locked dependencies and this project in it; brings uv where it is missing.
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || {
  echo "Workflow Ops needs Python 3.12 or newer; '$python' is $("$python" --version 2>&1)." >&2
  echo "Name another one: make setup PYTHON=/path/to/python3.12" >&2
  exit 1
}

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  uv=.uv/bin/uv
  [ -x "$uv" ] || {
    echo "uv is not installed: bringing it into .uv" >&2
    "$python" -m venv .uv
    .uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r uv.txt
  }
fi

"$uv" venv --quiet --clear --python "$("$python" -c 'import sys; print(sys.executable)')" .venv
"$uv" pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode -r requirements.lock
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
# An MCP host waits for the first start: nothing is left to compile then.
.venv/bin/python -m compileall -q bot mcp_server shared sandbox
touch .venv/.ready
