#!/bin/bash
# What tt, the AWS CLI, s5cmd and rclone do on bad days, each called as people call it: the table in docs/COMPARISON.md. `make
# comparison` prints it anew for what is installed, against the embedded endpoint, in some minutes. Nothing is asserted.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 74
PATH=${CARGO_TARGET_DIR:-$PWD/target}/debug:$PATH
scratch=$(mktemp -d)
trap 'trap "" TERM; kill 0 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 74
export HOME=$scratch AWS_EC2_METADATA_DISABLED=true AWS_PAGER='' RCLONE_CONFIG=$scratch/rclone.conf
printf '[s3]\ntype = s3\nprovider = Other\nenv_auth = true\n' >rclone.conf
tools=()
for tool in tt aws s5cmd rclone; do
    command -v "${tool/#tt/tt-plan}" >/dev/null && tools+=("$tool")
done

# A new endpoint with an empty bucket, and a new tree.
endpoint() {
    if [ -n "${server:-}" ]; then kill "$server" && wait "$server"; fi 2>/dev/null
    rm -rf stored port log tree
    mkdir tree
    tt-bench serve --listen 127.0.0.1:0 --bucket bad-days --dir stored --port-file port --log log "$@" >endpoint.env 2>/dev/null &
    server=$!
    until [ -s port ]; do sleep 0.1; done
    # shellcheck source=/dev/null
    . ./endpoint.env
    export RCLONE_S3_ENDPOINT=$AWS_ENDPOINT_URL
}

files() {
    local name
    for name in "$@"; do printf 'content of %s\n' "$name" >"tree/$name"; done
    # Before any object is written.
    find tree -type f -exec touch -d '2026-01-01' {} +
}

# Brings the tree to s3://bad-days/p/; with --delete makes the prefix equal.
upload() {
    local tool=$1 deletes=("${@:2}")
    case $tool in
        tt) tt-plan "${deletes[@]}" tree s3://bad-days/p/ | tt-push | tt-verify ;;
        aws) aws s3 sync "${deletes[@]}" tree/ s3://bad-days/p/ ;;
        s5cmd) s5cmd sync "${deletes[@]}" tree/ s3://bad-days/p/ ;;
        rclone) if [ "${#deletes[@]}" -gt 0 ]; then rclone sync tree s3:bad-days/p/; else rclone copy tree s3:bad-days/p/; fi ;;
    esac >said 2>&1
}

# Looks whether what is there is what the tree holds, where the tool has a command for that.
look() {
    case $1 in
        tt) tt-verify tree s3://bad-days/p/ ;;
        rclone) rclone check tree s3:bad-days/p/ ;;
        *) return 127 ;;
    esac >said 2>&1
}

objects() { tt-plan --delete --allow-empty-source --max-delete 100% nothing s3://bad-days/p/ 2>/dev/null | grep -c '"type":"delete"'; }
sent() { jq -s 'map(select(.op == "PutObject" or .op == "UploadPart").bytes_in) | add // 0 | . / 1e6 | round' log; }
unfinished() { tt-push --quiet --abort-uploads s3://bad-days/ 2>/dev/null | grep -c '"type":"unfinished"'; }

killed() {
    endpoint --link 20MB/s
    head -c 160000000 /dev/urandom >tree/large
    touch -d '2026-01-01' tree/large
    setsid bash -c "$(declare -f upload); upload $1" 2>/dev/null &
    sleep 5
    kill -KILL -- "-$!"
    sleep 1
    : >log
    upload "$1"
    printf 'exit %s, %s of 160 MB sent again, %s unfinished left' $? "$(sent)" "$(unfinished)"
}

rewritten() {
    endpoint --link 8MB/s
    head -c 24000000 /dev/zero | tr '\0' a >tree/large
    touch -d '2026-01-01' tree/large
    upload "$1" &
    sleep 1.5
    head -c 24000000 /dev/zero | tr '\0' b >other
    dd if=other of=tree/large conv=notrunc bs=1M status=none
    wait $!
    printf 'exit %s: ' $?
    case $(rclone cat s3:bad-days/p/large 2>/dev/null | fold -w 65536 | cut -c 1 | sort -u | tr -d '\n') in
        a) printf 'the old file is stored' ;;
        b) printf 'the new file is stored' ;;
        ab) printf 'a mixture is stored' ;;
        *) printf 'nothing is stored' ;;
    esac
}

broken_link() {
    endpoint
    files one two
    ln -s nowhere tree/link
    upload "$1"
    printf 'exit %s, %s of 2 files stored' $? "$(objects)"
}

emptied() {
    endpoint
    files one two three
    upload "$1"
    rm tree/*
    upload "$1" --delete
    printf 'exit %s, %s of 3 objects left' $? "$(objects)"
}

storm() {
    endpoint --fault slow-down:for=15s
    files $(seq 20)
    upload "$1"
    printf 'exit %s, %s of 20 files stored' $? "$(objects)"
}

one_refused() {
    endpoint --fault access-denied:key=two,op=PutObject
    files one two three
    upload "$1"
    printf 'exit %s, %s of 2 others stored' $? "$(objects)"
}

replaced() {
    endpoint
    files one
    upload "$1"
    printf 'CONTENT of one\n' | rclone rcat s3:bad-days/p/one
    look "$1"
    case $? in
        0) printf 'its check does not notice' ;;
        127) printf 'it has no check' ;;
        *) printf 'its check names it' ;;
    esac
    upload "$1"
    if rclone cat s3:bad-days/p/one | cmp --quiet - tree/one; then printf '; the next run mends it'; else printf '; the next run leaves it'; fi
}

names() {
    endpoint
    files 'plain' '100%' 'a*b' 'q?' 'back\slash' $'new\nline' $'tab\tbed' 'trailing ' 'ümläut' '[x]'
    upload "$1"
    printf 'exit %s, %s of 10 files stored' $? "$(objects)"
}

row() {
    local tool
    printf '| %s |' "$2"
    for tool in "${tools[@]}"; do
        "$1" "$tool" >cell
        printf ' %s |' "$(cat cell)"
    done
    printf '\n'
}

mkdir nothing
printf '| | %s |\n' "$(printf '%s | ' "${tools[@]}" | sed 's/ | $//')"
printf -- '|---|'
printf -- '---|%.0s' "${tools[@]}"
printf '\n'
row killed 'killed by SIGKILL after 5 s, and run again: one file of 160 MB, 20 MB/s'
row rewritten 'the file is rewritten in place while it is sent'
row broken_link 'a link in the tree leads nowhere'
row emptied 'deletion is asked for, and the source is empty, as an unmounted disk is'
row storm '503 to every request for 15 s'
row one_refused 'one of three objects is refused (403)'
row replaced 'somebody replaces an object by another one of the same size'
row names 'odd names: % * ? \ newline, tab, space at the end, umlaut, brackets'
