#!/bin/bash
# Asks cargo-deny about all that the tools are built from, as deny.toml says; `make deny` runs it. What can't be had is said in a
# line that begins with SKIPPED.
set -euo pipefail

cd "$(dirname "$0")/.."
deny=$(bash tests/cargo-tool.sh cargo-deny 0.20.2) || exit 0
"$deny" --log-level warn check licenses bans sources
if "$deny" --log-level off fetch db 2>/dev/null; then
    "$deny" --log-level warn check advisories
else
    echo 'SKIPPED: the database of advisories can not be had, and nothing is known of vulnerabilities'
fi
