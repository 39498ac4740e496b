#!/bin/sh
# Pushes the parts of a plan with GNU parallel: one tt-push at a time on each machine, since each uses the whole machine.
#
#   tt-plan --split 16 -o /shared/parts /data s3://bucket/prefix/
#   sh parallel.sh /shared/parts hosts
#   sh verify.sh /shared/parts
#
# hosts has a line for each machine, as ssh takes it; without that file all is done here. JOBS is how many parts a machine
# pushes at once. Run again, it takes up the parts that failed, were killed, or never had their turn.
set -eu

parts=$(cd "${1:?the directory of the parts is missing}" && pwd)
if [ "$#" -gt 1 ]; then
    set -- --sshloginfile "$2"
else
    set --
fi
count=$(find "$parts" -maxdepth 1 -name 'plan-*.ndjson' | wc -l)
seq 0 "$((count - 1))" |
    parallel "$@" --jobs "${JOBS:-1}" --workdir "$parts" --joblog "$parts/joblog" --resume-failed \
        'tt-push plan-{}.ndjson > results-{}.ndjson'
