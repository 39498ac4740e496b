#!/bin/bash
# Builds the Debian package below target/dist, of the same tools as the archive; `make deb` runs it, and lintian where it is there.
set -euo pipefail

cd "$(dirname "$0")/.."
dist=${CARGO_TARGET_DIR:-$PWD/target}/dist
profile=${PROFILE:-release}
# Where bins/tt-plan/Cargo.toml has cargo-deb look for what is in the package.
stage=$PWD/target/dist/deb
deb=$(bash tests/cargo-tool.sh cargo-deb 3.8.0) || exit 1
bash packaging/dist.sh build
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

rm -rf "$stage"
make --silent install-built BUILT="$dist/build/$profile" DESTDIR="$stage" PREFIX=/usr
# Debian has its own places and names for these.
docs=$stage/usr/share/doc/datasync-turbo-tools
rm "$docs/LICENSE"
gzip --no-name --best <"$docs/CHANGELOG.md" >"$docs/changelog.gz"
rm "$docs/CHANGELOG.md"
mv "$stage/usr/share/zsh/site-functions" "$stage/usr/share/zsh/vendor-completions"
install -D -m 644 packaging/debian/lintian-overrides "$stage/usr/share/lintian/overrides/datasync-turbo-tools"
rm -f "$dist"/*.deb
fast=()
[ "$profile" = release ] || fast=(--fast)
"$deb" --quiet --no-build --no-strip "${fast[@]}" --package tt-plan --output "$dist/"
for package in "$dist"/*.deb; do
    echo "$package"
    if command -v lintian >/dev/null; then
        lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$package"
    else
        echo 'SKIPPED: the package is not checked, for there is no lintian'
    fi
done
