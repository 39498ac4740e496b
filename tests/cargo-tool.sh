#!/bin/bash
# Installs a program of cargo's world below target/tools, NAME in that VERSION, unless it is there; says where it is. What can't be
# had is said in a line that begins with SKIPPED, on stderr, and the exit code is 1.
set -euo pipefail

name=$1 version=$2
shift 2
tools=${CARGO_TARGET_DIR:-$(cd "$(dirname "$0")/.." && pwd)/target}/tools
if ! "$tools/bin/$name" --version 2>/dev/null | grep -qF "$version"; then
    echo "installing $name $version" >&2
    cargo install --quiet --locked --root "$tools" "$name" --version "$version" "$@" >&2 ||
        { echo "SKIPPED: $name can not be installed, and what needs it is left out" >&2; exit 1; }
fi
echo "$tools/bin/$name"
