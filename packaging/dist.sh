#!/bin/bash
# Builds the archive of a release below target/dist: tools, man pages, completions, docs, licences, and checksums of all that. The
# same commit gives the same bytes in whatever directory and at whatever time it is built, with the same toolchain on the same kind
# of machine. `make dist` runs it. GNU tar is needed, on macOS that of Homebrew. With PROFILE=debug the tools are those of the tests,
# for a quick look at how they are packed.
set -euo pipefail

cd "$(dirname "$0")/.."
dist=${CARGO_TARGET_DIR:-$PWD/target}/dist
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
triple=$(rustc -vV | sed -n 's/^host: //p')
name=datasync-turbo-tools-$version-$triple
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
tar=$(command -v gtar || command -v tar)
profile=${PROFILE:-release}
tools=(bins/*)
tools=("${tools[@]#bins/}")
# Nobody takes it for a release.
[ "$profile" = release ] || name=$name-$profile

# No path of this machine gets into the tools, neither from Rust nor from C.
build_release() {
    local map tool cargo_home=${CARGO_HOME:-$HOME/.cargo}
    # Of several that fit, the last one counts.
    for map in "$PWD=/src" "$dist=/target" "$cargo_home=/cargo" "$(rustc --print sysroot)=/rust"; do
        RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$map"
        CFLAGS="${CFLAGS:-} -ffile-prefix-map=$map"
    done
    export RUSTFLAGS CFLAGS CARGO_INCREMENTAL=0
    # Some C tells when it was compiled, and is not compiled anew for each commit.
    SOURCE_DATE_EPOCH=0 cargo build --quiet --locked --release --target-dir "$dist/build" "${tools[@]/#/--package=}"
    for tool in "${tools[@]}"; do
        if grep -qaF -e "$PWD" -e "$cargo_home" "$dist/build/release/$tool"; then
            echo "$tool holds a path of this machine: elsewhere it would have other bytes" >&2
            exit 1
        fi
    done
}

build_debug() {
    local tool
    cargo build --quiet --locked --workspace --bins
    mkdir -p "$dist/build/debug"
    for tool in "${tools[@]}"; do strip --output-file="$dist/build/debug/$tool" "${dist%/*}/debug/$tool"; done
}

stage() {
    rm -rf "${dist:?}/$name"
    umask 022
    make --silent install-built BUILT="$dist/build/$profile" DESTDIR="$dist/$name" PREFIX=
    (cd "$dist/$name" && find bin share -type f | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
}

pack() {
    "$tar" --directory "$dist" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar \
        --mode=u=rwX,go=rX --create "$name" | gzip --no-name --best >"$dist/$name.tar.gz"
    (cd "$dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
}

"build_$profile"
# `dist.sh build` is for other packages of the same tools.
[ "${1:-}" = build ] || { stage; pack; }
