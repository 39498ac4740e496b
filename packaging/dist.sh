#!/bin/bash
# Builds the archive of a release below target/dist: tools, man pages, completions, docs, licences, and checksums of all that. The
# same commit gives the same bytes in whatever directory and at whatever time it is built, with the same toolchain on the same kind
# of machine. `make dist` runs it. GNU tar is needed, on macOS that of Homebrew.
set -euo pipefail

cd "$(dirname "$0")/.."
dist=${CARGO_TARGET_DIR:-$PWD/target}/dist
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
triple=$(rustc -vV | sed -n 's/^host: //p')
name=datasync-turbo-tools-$version-$triple
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
tar=$(command -v gtar || command -v tar)

# No path of this machine gets into the tools, neither from Rust nor from C.
build() {
    local from to
    local -A names=([$PWD]=/src [${CARGO_HOME:-$HOME/.cargo}]=/cargo [$dist]=/target [$(rustc --print sysroot)]=/rust)
    for from in "${!names[@]}"; do
        to=${names[$from]}
        RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$from=$to"
        CFLAGS="${CFLAGS:-} -ffile-prefix-map=$from=$to"
    done
    export RUSTFLAGS CFLAGS CARGO_INCREMENTAL=0
    cargo build --quiet --locked --release --target-dir "$dist/build" \
        --package tt-plan --package tt-push --package tt-verify --package tt-sync --package tt-bench --package tt-install
}

stage() {
    rm -rf "${dist:?}/$name"
    umask 022
    make --silent install-built BUILT="$dist/build/release" DESTDIR="$dist/$name" PREFIX=
    (cd "$dist/$name" && find bin share -type f | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
}

pack() {
    "$tar" --directory "$dist" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar \
        --mode=u=rwX,go=rX --create "$name" | gzip --no-name --best >"$dist/$name.tar.gz"
    (cd "$dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
}

build
# `dist.sh build` is for other packages of the same tools.
[ "${1:-}" = build ] || { stage; pack; }
