#!/bin/bash
# Writes packaging/THIRD-PARTY-LICENSES: the licences of all libraries that are built into the tools, or into what tests them. With
# --check it only sees whether that file names the libraries of Cargo.lock. `make licenses` and `make lint` run it.
set -euo pipefail

cd "$(dirname "$0")/.."
file=packaging/THIRD-PARTY-LICENSES
targets=$(grep -oE '[a-z0-9_]+-(apple|unknown)-[a-z-]+' packaging/about.toml)

# The libraries, by cargo's account: name and version, without those that are ours.
used() {
    local target
    for target in $targets; do
        cargo tree --locked --workspace --edges normal --target "$target" --prefix none --format '{p}'
    done | grep -v '(/' | sed -n 's/^\([^ ]*\) v\([^ ]*\).*/\1 \2/p' | LC_ALL=C sort -u
}

named() {
    sed -n 's/^\* //p' "$file" | LC_ALL=C sort -u
}

if [ "${1:-}" = --check ]; then
    echo "libraries of $file"
    diff <(named) <(used) || { echo "$file is not that of Cargo.lock: run make licenses"; exit 1; }
    exit
fi
about=$(bash tests/cargo-tool.sh cargo-about 0.9.3 --features cli) || exit 1
"$about" generate --locked --offline --workspace --fail --config packaging/about.toml --output-file "$file" packaging/about.hbs
sed -i 's/[[:space:]]*$//' "$file"
