#!/bin/sh
# Plans on this machine, which mounts the same file system, and pushes the parts as an AWS Batch array job.
#
#   aws batch register-job-definition --cli-input-json file://job-definition.json
#   sh submit.sh QUEUE run-1 16
#
# Between 2 and 10,000 parts. One part again, by hand: a job of its own that gets PART in place of an array's index:
#   aws batch submit-job --job-name tt-push-3 --job-queue QUEUE --job-definition tt-push \
#       --container-overrides 'environment=[{name=PARTS,value=/parts/run-1},{name=PART,value=3}]'
set -eu

queue=${1:?the job queue is missing}
run=${2:?the name of the run is missing}
count=${3:?the number of parts is missing}
tt-plan --split "$count" -o "/parts/$run" /data s3://bucket/prefix/ || [ -e "/parts/$run/plan-0.ndjson" ]
aws batch submit-job --job-name "tt-push-$run" --job-queue "$queue" --job-definition tt-push \
    --array-properties "size=$count" --query jobId --output text \
    --container-overrides "environment=[{name=PARTS,value=/parts/$run}]"
