#!/bin/sh
# Has each engine that is here upload the same files, each to a prefix of its own, and shows what came of it. Every object is
# compared with its file afterwards, whoever uploaded it. Prefixes are below compare/, and are left there to be looked at.
set -eu
cd "$(dirname "$0")"

dest=$(tt-sync --config config.env --print-pipeline | sed -n 's/.*\(s3:[^ ]*\).*/\1/p')
logs=$(tt-sync --config config.env --print-config | sed -n 's/^LOGS_DIR=\([^ ]*\).*/\1/p')
stamp=$(date +%Y%m%d-%H%M%S)

printf '%-10s %-18s %8s %12s %10s %9s\n' engine version files MB/s verified status
for engine in tt s5cmd aws; do
    if [ "$engine" != tt ] && ! command -v "$engine" > /dev/null; then
        printf '%-10s is not here\n' "$engine"
        continue
    fi
    tt-sync --config config.env --engine "$engine" --dest "${dest}compare/$stamp/$engine/" --quiet || true
    jq -r '[.tool, .tool_version, .files_synced, .throughput_mbps, .checksum_verification.verified, .status] | @tsv' \
        "$logs/last-sync.json" |
        awk -F'\t' '{ printf "%-10s %-18s %8s %12s %10s %9s\n", $1, $2, $3, $4, $5, $6 }'
done
