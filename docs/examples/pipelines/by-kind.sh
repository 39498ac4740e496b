#!/bin/sh
# Pictures may be kept by browsers for a year, pages not at all: one jq line between plan and upload.
#     by-kind.sh DIRECTORY s3://BUCKET/PREFIX/
set -eu
tt-plan "$1" "$2" |
    jq -c 'if .type != "put" then .
           elif .src | test("\\.(png|jpe?g|webp|css|js)$") then .cache_control = "max-age=31536000, immutable"
           elif .src | test("\\.html$") then .cache_control = "no-cache"
           else . end' |
    tt-push | tt-verify
