#!/bin/sh
# Uploads, and lists what did not go, with the reason. The exit code is that of the pipeline.
#     failures.sh DIRECTORY s3://BUCKET/PREFIX/
set -eu
code=0
tt-plan "$1" "$2" | tt-push | tt-verify --json > proof.ndjson || code=$?
jq -r 'select(.type == "fail" or .type == "skip" or .type == "mismatch" or .type == "missing")
       | "\(.type)\t\(.src // .dst)\t\(.error.message // .why // .note // "")"' proof.ndjson
exit "$code"
