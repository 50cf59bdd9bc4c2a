#!/usr/bin/env bash
# Fuzzes each target for so many seconds and prints executions and coverage.
# Usage: fuzz/run.sh SECONDS [TARGET...]
# What is found on the way stays in fuzz/target/corpus; the seeds in fuzz/corpus are not changed. Needs clang; a stable
# Rust is enough.
set -euo pipefail
if [ $# -lt 1 ] || ! [[ $1 =~ ^[0-9]+$ ]]; then
    echo "usage: fuzz/run.sh SECONDS [TARGET...]" >&2
    exit 2
fi
seconds=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

if ! command -v clang++ > /dev/null; then
    echo "fuzz: clang is missing; on Debian: apt-get install clang" >&2
    exit 2
fi
case $(cargo fuzz --version 2> /dev/null || true) in
    "cargo-fuzz 0.13."*) ;;
    *) cargo install --locked --quiet --version '^0.13' cargo-fuzz ;;
esac

# Sanitizers and coverage are unstable options of a stable compiler.
export RUSTC_BOOTSTRAP=1 CC=clang CXX=clang++ CARGO_TERM_COLOR=never
unset CARGO_TARGET_DIR
if [ $# -eq 0 ]; then
    mapfile -t targets < <(cd fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')
else
    targets=("$@")
fi

mkdir -p target/logs
failed=()
for target in "${targets[@]}"; do
    seeds=$here/corpus/$target found=$here/target/corpus/$target log=$here/target/logs/$target.log
    if [ ! -f "fuzz_targets/$target.rs" ]; then
        echo "fuzz: there is no target $target" >&2
        exit 2
    fi
    mkdir -p "$found"
    # libFuzzer refuses a folder that is not there.
    folders=("$found")
    if [ -d "$seeds" ]; then
        folders+=("$seeds")
    fi
    ended=0
    # A scoped thread has ended for Rust before its thread-local values are dropped: the leak check between two inputs
    # takes those for leaks.
    leaks=1
    case $target in esdk_body | esdk_vectors | detached_recipients) leaks=0 ;; esac
    cargo fuzz run --fuzz-dir . "$target" "${folders[@]}" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -detect_leaks="$leaks" > "$log" 2>&1 || ended=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 || true)
    echo "fuzz $target: ${executions:-0} executions in $seconds s, ${coverage:-cov: none}, ended with $ended"
    # A run without executions has shown nothing.
    if [ "$ended" -ne 0 ] || [ "${executions:-0}" -eq 0 ]; then
        failed+=("$target")
        tail -n 40 "$log"
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "fuzz: failed: ${failed[*]}; inputs are in fuzz/artifacts" >&2
    exit 1
fi
