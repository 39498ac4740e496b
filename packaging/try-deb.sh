#!/bin/bash
# Installs the Debian package that `make deb` has built into a system of its own (debootstrap), and tries it there: the tools run, man
# pages open, bash, zsh and fish complete, an upload is proved; then it is removed, and nothing is left. Wants root on Debian. `make
# try-deb` runs it.
set -euo pipefail

cd "$(dirname "$0")/.."
dist=${CARGO_TARGET_DIR:-$PWD/target}/dist
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo 'SKIPPED: it takes root and debootstrap'
    exit 0
fi
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

say() { printf '   %s\n' "$*"; }

# Runs a line in there, with nothing of this environment.
inside() { env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root TERM=dumb LC_ALL=C.UTF-8 chroot "$root" "$@"; }

# Runs a line in there, of which the output must hold a text.
shows() {
    local text=$1 shown
    shift
    shown=$(inside "$@" 2>&1) || { printf '%s\nFAILED: %s\n' "$shown" "$*"; exit 1; }
    grep -qF -- "$text" <<<"$shown" || { printf '%s\nFAILED: %s does not show %s\n' "$shown" "$*" "$text"; exit 1; }
}

debootstrap --variant=minbase --include=bash-completion,ca-certificates,fish,jq,man-db,zsh "$suite" "$root" >"$root.log" 2>&1 ||
    { tail -n 3 "$root.log"; rm -f "$root.log"; echo 'SKIPPED: debootstrap can not fetch a system'; exit 0; }
rm -f "$root.log"
cp "$dist"/*.deb "$root/tmp/package.deb"
inside dpkg --install /tmp/package.deb >/dev/null
say "installed into Debian $suite: $(inside dpkg-query --show datasync-turbo-tools | tr '\t' ' ')"

for tool in bins/*; do
    tool=${tool#bins/}
    shows "$tool " "$tool" --version
    shows 'SYNOPSIS' man "$tool"
    shows "$tool" bash -c ". /usr/share/bash-completion/bash_completion; _completion_loader $tool; complete -p $tool"
    shows "_$tool" zsh -c "autoload -U compinit; compinit -u; print \${_comps[$tool]}"
    shows --help fish -c "complete --do-complete '$tool --he'"
done
shows 'type' man 5 tt-records
shows 'access-denied' man 7 tt-troubleshooting
say 'the tools run, man pages open, and bash, zsh and fish complete'

cat >"$root/tmp/try.sh" <<'EOF'
set -e
cd /tmp
tt-bench serve --listen 127.0.0.1:0 --bucket bucket --port-file port > endpoint.env &
until [ -s port ]; do sleep 0.1; done
. ./endpoint.env
tt-plan /usr/share/doc/datasync-turbo-tools s3://bucket/ | tt-push --quiet | tt-verify --quiet > proof.ndjson
kill $!
tail -n 1 proof.ndjson
EOF
shows '"ok":true' sh /tmp/try.sh
say 'an upload was proved'
inside dpkg --purge datasync-turbo-tools >/dev/null
left=$(find "$root/usr" -name '*tt-plan*' -o -name '*datasync*')
[ -z "$left" ] || { printf 'FAILED: it leaves behind:\n%s\n' "$left"; exit 1; }
say 'removed, and nothing is left'
