#!/bin/sh
# The whole of it in a minute: a tree goes into an S3 endpoint on this machine, is proved to be there, and one flipped bit
# is found. Everything happens in a temporary directory, which is removed at the end. `make demo` runs it.
set -eu

cd "$(dirname "$0")/../.."
tools=${CARGO_TARGET_DIR:-target}/debug
work=$(mktemp -d "${TMPDIR:-/tmp}/tt-demo.XXXXXX")
endpoint=

# Whatever happens: no process and no file stays behind.
finish() {
    status=$?
    trap - EXIT HUP INT TERM
    if [ -n "$endpoint" ]; then
        kill "$endpoint" 2>/dev/null || :
        wait "$endpoint" 2>/dev/null || :
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n== %s\n' "$*"; }
show() { printf '   $ %s\n' "$*"; }
die() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

# One line a planned file: why, size, where to. Names with a quote in them are left out of this view.
planned() { sed -n 's/^{"type":"put".*"dst":"\([^"]*\)","size":\([0-9]*\).*"why":"\([a-z]*\)".*/   \3 \2 bytes  \1/p' "$1"; }
# The last line of a stream: what it came to.
ending() { sed -n 's/^{"type":"end".*"tool":"\([^"]*\)".*"exit":\([0-9]*\),"counts":{\([^}]*\)},"bytes":\([0-9]*\).*/   \1: exit \2, \4 bytes, \3/p' "$1" | sed 's/, $/, no records/'; }

say 'Building the tools (the first time this takes some minutes)'
cargo build --quiet --workspace --bins
[ -x "$tools/tt-plan" ] || die "there is no $tools/tt-plan"
PATH=$(cd "$tools" && pwd):$PATH
export PATH

# From here on nothing of the user's own settings counts, nor any credentials.
for name in $(env | sed -n -e 's/^\(AWS_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(TT_BENCH_[A-Z_]*\)=.*/\1/p' \
    -e 's/^\([A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p' -e 's/^\(SSL_CERT_[A-Z]*\)=.*/\1/p'); do
    unset "$name"
done
HOME=$work
AWS_EC2_METADATA_DISABLED=true
export HOME AWS_EC2_METADATA_DISABLED

say 'A tree: some dozens of files, names of all kinds, one file large enough for a multipart upload'
tree=$work/tree
mkdir -p "$tree/photos/2026" "$tree/empty files" "$tree/odd names" "$tree/site/assets"
for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20; do
    dd if=/dev/urandom of="$tree/photos/2026/img_$n.jpg" bs=1000 count="$((100 + ${n#0}))" 2>/dev/null
done
for n in 1 2 3; do : >"$tree/empty files/$n"; done
for name in ' leading space' 'a+b' '100%' '%41 is not A' "it's" 'say "hello"' '-dash' 'grüße' '☕' 'back\slash' 'new
line'; do
    printf 'This file is called %s\n' "$name" >"$tree/odd names/$name"
done
printf '<h1>Hello</h1>\n' >"$tree/site/index.html"
printf 'h1 { color: teal }\n' >"$tree/site/assets/style.css"
dd if=/dev/urandom of="$tree/backup.tar" bs=1000000 count=40 2>/dev/null
show "find tree -type f | wc -l; du -sh tree"
find "$tree" -type f -exec printf 'x\n' \; | wc -l | sed 's/^ */   /'
du -sh "$tree" | sed 's/^\([^	]*\).*/   \1/'

say 'An S3 endpoint on this machine, which checks signatures and checksums as S3 does'
show 'tt-bench serve --listen 127.0.0.1:0 --dir stored --port-file port'
tt-bench serve --quiet --listen 127.0.0.1:0 --dir "$work/stored" --port-file "$work/port" >"$work/exports" &
endpoint=$!
tries=0
until [ -s "$work/port" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || die 'the endpoint does not come up'
    kill -0 "$endpoint" 2>/dev/null || die 'the endpoint stopped'
    sleep 0.1
done
sed 's/^/   /' "$work/exports"
# shellcheck source=/dev/null
. "$work/exports"

say 'The plan: what is to be done, one JSON record a line. Here the first ones, reduced'
show 'tt-plan tree s3://demo/tree/ > plan.ndjson'
tt-plan "$tree" s3://demo/tree/ >"$work/plan.ndjson"
planned "$work/plan.ndjson" | sed -n '1,6p'
printf '   …\n'
ending "$work/plan.ndjson"

say 'The pipeline: plan, upload, prove'
show 'tt-plan tree s3://demo/tree/ | tt-push | tt-verify'
tt-plan "$tree" s3://demo/tree/ | tt-push | tt-verify >"$work/proof.ndjson" || die "the pipeline ended with $?"
printf '   What was compared for tree/backup.tar, and in how many parts it went:\n'
sed -n 's/^{"type":"verified".*tree\/backup\.tar".*"parts":\([0-9]*\).*"by":"\([^"]*\)","expected":"\([^"]*\)","found":"\([^"]*\)".*/   \1 parts; \2; the file gives \3, S3 holds \4/p' "$work/proof.ndjson"
ending "$work/proof.ndjson"

say 'Once more: there is nothing left to do'
show 'tt-plan tree s3://demo/tree/'
tt-plan "$tree" s3://demo/tree/ >"$work/again.ndjson"
if grep '^{"type":"put"' "$work/again.ndjson"; then die 'the second plan is not empty'; fi
ending "$work/again.ndjson"

say 'Now one bit of backup.tar is flipped where the endpoint stores it: tt-plan sees nothing of that'
record=$(grep -l '"tree/backup\.tar"' "$work"/stored/demo/objects/*.json)
body=$work/stored/demo/bodies/$(sed -n 's/.*"body": *"\([^"]*\)".*/\1/p' "$record")
[ -f "$body" ] || die 'the stored body is not where it is thought to be'
at=20000000
byte=$(od -An -tu1 -j "$at" -N 1 "$body" | tr -d ' ')
# shellcheck disable=SC2059 # the format is the byte
printf "\\$(printf '%03o' "$((byte ^ 1))")" | dd of="$body" bs=1 seek="$at" conv=notrunc 2>/dev/null
printf '   byte %s was %s and is %s\n' "$at" "$byte" "$(od -An -tu1 -j "$at" -N 1 "$body" | tr -d ' ')"

say 'tt-verify is asked about everything below the prefix, and finds it'
show 'tt-plan --all tree s3://demo/tree/ | tt-verify; echo "exit $?"'
exit=0
tt-plan --all "$tree" s3://demo/tree/ | tt-verify >"$work/damage.ndjson" || exit=$?
sed -n 's/^{"type":"mismatch".*"dst":"\([^"]*\)".*"expected":"\([^"]*\)","found":"\([^"]*\)".*/   mismatch: \1: the file gives \2, S3 holds \3/p' "$work/damage.ndjson"
ending "$work/damage.ndjson"
printf '   exit %s\n' "$exit"
[ "$exit" -eq 1 ] || die 'tt-verify should have ended with 1'
[ "$(grep -c '^{"type":"mismatch"' "$work/damage.ndjson")" -eq 1 ] || die 'there should be one mismatch'

say 'Done. The endpoint stops, and the temporary directory goes away'
