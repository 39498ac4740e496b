#!/bin/sh
# The largest files first, so that the end of a long delivery is not one of them alone.
#     largest-first.sh DIRECTORY s3://BUCKET/PREFIX/
set -eu
tt-plan "$1" "$2" |
    jq -sc 'sort_by(if .type == "begin" then -1e300 elif .type == "end" then 1e300 else -(.size // 0) end)[]' |
    tt-push | tt-verify
