#!/bin/sh
# The same tree to two places at once; it is a success where both are.
#     two-buckets.sh DIRECTORY s3://ONE/PREFIX/ s3://OTHER/PREFIX/
set -eu
tt-plan "$1" "$2" | tt-push | tt-verify --json > proof-1.ndjson &
first=$!
code=0
tt-plan "$1" "$3" | tt-push | tt-verify --json > proof-2.ndjson || code=$?
wait "$first" || code=$?
exit "$code"
