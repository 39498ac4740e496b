#!/bin/sh
# Verifies what all workers have pushed, together. A part without results is an error, and so are results that were cut off.
#
#   sh verify.sh /shared/parts [FLAGS OF tt-verify]
set -eu

parts=$(cd "${1:?the directory of the parts is missing}" && pwd)
shift
for plan in "$parts"/plan-*.ndjson; do
    set -- "$@" "$parts/results-${plan##*/plan-}"
done
exec tt-verify "$@"
