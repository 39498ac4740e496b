#!/bin/bash
# Other people's programs as witnesses. What our pipeline uploaded, aws, s5cmd and rclone find complete; what they
# uploaded, tt-plan and tt-verify find complete. One line a check; a program that is not installed is said, not hidden.
# `make crosscheck` runs it. Ends with 1 if a check failed.
# shellcheck disable=SC2317,SC2329 # functions are called by name, through `report` and `trap`
set -euo pipefail

cd "$(dirname "$0")/.."
tools=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
export PATH="$tools:$PATH"
work=$(mktemp -d "${TMPDIR:-/tmp}/tt-crosscheck.XXXXXX")
tree=$work/tree
endpoint=
failed=0

finish() {
    local status=$?
    if [ -n "$endpoint" ]; then
        kill "$endpoint" 2>/dev/null || :
        wait "$endpoint" 2>/dev/null || :
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

# Names that all three programs can deal with. Left out, each for a reason that is theirs:
# - tabs and newlines, which s5cmd can't read in a local name, and * ? [, which it takes for globs;
# - the two Unicode normal forms of one name side by side, which rclone takes for the same name.
plant() {
    local name
    mkdir -p "$tree/names" "$tree/sizes" "$tree/a b/c+d/%41/grüße"
    # shellcheck disable=SC2016 # a dollar in a name is a dollar
    for name in ' leading' 'trailing ' 'two  spaces' "it's" 'say "hi"' '-dash' '--flag=x' '.hidden' '..two dots' 'a+b' \
        '100%' '%41' '%2F' 'a&b=c;d' '#hash' '$HOME' '~' 'at@' 'comma,' 'semi;' 'co:lon' 'back\slash' '(round)' '{curly}' \
        '<angle>' 'pipe|' '☕' 'ünï' '日本語'; do
        printf 'named %s\n' "$name" >"$tree/names/$name"
    done
    printf 'deep\n' >"$tree/a b/c+d/%41/grüße/file"
    # A file beside a directory whose name goes on where the file's ends: the orders of listings differ here.
    mkdir "$tree/order"
    printf 'x' >"$tree/order.txt"
    printf 'x' >"$tree/order-1"
    printf 'x' >"$tree/order/x"
    : >"$tree/sizes/empty"
    for size in 1 5242879 5242880 5242881 8388608 8388609 26214401; do
        head -c "$size" /dev/urandom >"$tree/sizes/$size"
    done
    # Not of this second, in which some take an object for older than its file.
    find "$tree" -exec touch -d '2026-01-02 03:04:05' {} +
}

# Nothing of the user's own counts.
forget_settings() {
    local name
    for name in $(compgen -e | grep -Ei '^(AWS_|S3_|RCLONE_|TT_BENCH_|SSL_CERT_|.*_PROXY$)' || :); do unset "$name"; done
    export HOME=$work AWS_EC2_METADATA_DISABLED=true AWS_PAGER='' RCLONE_CONFIG=/dev/null
}

serve() {
    tt-bench serve --quiet --listen 127.0.0.1:0 --dir "$work/stored" --port-file "$work/port" \
        >"$work/exports" &
    endpoint=$!
    for _ in {1..100}; do
        [ ! -s "$work/port" ] || break
        sleep 0.1
    done
    [ -s "$work/port" ] || { echo 'the endpoint does not come up' >&2; exit 1; }
    # shellcheck source=/dev/null
    . "$work/exports"
    export S3_ENDPOINT_URL=$AWS_ENDPOINT_URL RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL RCLONE_S3_REGION=$AWS_REGION
    export RCLONE_S3_PROVIDER=Other RCLONE_S3_ENV_AUTH=true
}

# report WHAT COMMAND...: the command has to succeed; otherwise what it said is shown.
report() {
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        printf 'ok    %s\n' "$what"
    else
        printf 'FAIL  %s\n' "$what"
        sed 's/^/      | /' "$work/said" | head -n 20
        failed=1
    fi
}

# The command has to succeed and to say nothing: a dry run that finds nothing to do.
silent() {
    "$@" >"$work/silent" 2>&1 || { cat "$work/silent"; return 1; }
    cat "$work/silent"
    [ ! -s "$work/silent" ]
}

pipeline() { tt-plan "$tree" "$1" | tt-push | tt-verify; }

# The plan has no put record, and is whole.
nothing_to_do() {
    tt-plan "$tree" "$1" >"$work/plan" || return 1
    if grep '^{"type":"put"' "$work/plan"; then return 1; fi
    grep -q '^{"type":"end".*"incomplete":false' "$work/plan"
}

# Every file is proved. What is not is shown.
proved() {
    local status=0
    tt-plan --all "$tree" "$1" | tt-verify >"$work/proof" || status=$?
    grep -Ev '^\{"type":"(begin|verified)"' "$work/proof" || :
    return "$status"
}

# Nothing is wrong with any object, but some can't be proved: an aws of version 1 gives multipart uploads checksums of
# their parts only.
undoubted() {
    if proved "$1" | grep -Ev '^\{"type":"(unverifiable|end)"'; then return 1; fi
    grep -q '^{"type":"end".*"incomplete":false' "$work/proof" || return 1
    printf '      (unverifiable: %s)\n' "$(grep -c '^{"type":"unverifiable"' "$work/proof")" >"$work/remark"
}

have() {
    if command -v "$1" >/dev/null; then return 0; fi
    printf 'SKIPPED: %s is not installed, so nothing was checked with it\n' "$1"
    return 1
}

forget_settings
plant
serve
printf 'tree  %s files\n' "$(find "$tree" -type f -print0 | tr -dc '\0' | wc -c)"
report 'tt-plan | tt-push | tt-verify' pipeline s3://demo/ours/
report 'tt-plan finds nothing more to do' nothing_to_do s3://demo/ours/

if have aws; then
    aws --version 2>&1 | sed -n 1p
    report 'aws s3 sync --dryrun finds nothing to do after tt-push' silent aws s3 sync "$tree" s3://demo/ours/ --dryrun
    report 'aws s3 sync uploads' aws s3 sync "$tree" s3://demo/aws/ --only-show-errors
    report 'tt-plan finds nothing to do after aws' nothing_to_do s3://demo/aws/
    report 'tt-verify has no doubt about what aws uploaded' undoubted s3://demo/aws/
    cat "$work/remark" 2>/dev/null || :
    export AWS_REQUEST_CHECKSUM_CALCULATION=when_required
    report 'aws s3 sync uploads, and leaves the checksums to S3' aws s3 sync "$tree" s3://demo/aws-plain/ --only-show-errors
    report 'tt-verify proves what aws uploaded' proved s3://demo/aws-plain/
    unset AWS_REQUEST_CHECKSUM_CALCULATION
fi
if have s5cmd; then
    printf 's5cmd %s\n' "$(s5cmd version)"
    report 's5cmd --dry-run sync finds nothing to do after tt-push' silent s5cmd --dry-run sync "$tree/" s3://demo/ours/
    report 's5cmd sync uploads' s5cmd sync "$tree/" s3://demo/s5cmd/
    report 'tt-plan finds nothing to do after s5cmd' nothing_to_do s3://demo/s5cmd/
    report 'tt-verify proves what s5cmd uploaded' proved s3://demo/s5cmd/
fi
if have rclone; then
    rclone version | sed -n 1p # not head, which leaves, and rclone fails where its writes come too late
    report 'rclone check --download finds no difference after tt-push' rclone check --download "$tree" :s3:demo/ours
    report 'rclone copy uploads' rclone copy "$tree" :s3:demo/rclone
    report 'tt-plan finds nothing to do after rclone' nothing_to_do s3://demo/rclone/
    report 'tt-verify proves what rclone uploaded' proved s3://demo/rclone/
fi
exit "$failed"
