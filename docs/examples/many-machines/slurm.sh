#!/bin/sh
# Pushes the parts of a plan as a Slurm array job, and verifies them when the last task has ended, however it did.
#
#   tt-plan --split 16 -o /shared/parts /data s3://bucket/prefix/
#   sh slurm.sh /shared/parts
#
# Tasks whose node failed or that were preempted are requeued by Slurm. One part again, by hand: with --array=3 below.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:?the directory of the parts is missing}"
count=$(find . -maxdepth 1 -name 'plan-*.ndjson' | wc -l)
# %8: eight tasks at a time.
push=$(sbatch --parsable --array="0-$((count - 1))%8" "$here/push.sbatch")
sbatch --dependency="afterany:$push" --job-name=tt-verify --output=verify.txt --time=24:00:00 \
    --wrap="exec sh '$here/verify.sh' . --json > verified.ndjson"
