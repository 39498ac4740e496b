#!/bin/sh
# From the AWS CLI or s5cmd to tt, in steps that can each be looked at; nothing is deleted, and each step can be repeated.
#
#     migrate.sh 1   what would the old engine upload now?
#     migrate.sh 2   let it upload, and prove what it has uploaded
#     migrate.sh 3   would tt upload anything on top of that? It should not.
#     migrate.sh 4   from here on tt uploads
#
# OLD names the old engine: aws, if nothing is said, or s5cmd.
set -eu
cd "$(dirname "$0")"
old=${OLD:-aws}

case ${1:-} in
1) exec tt-sync --config config.env --engine "$old" --dry-run ;;
2) exec tt-sync --config config.env --engine "$old" ;;
3) exec tt-sync --config config.env --engine tt --dry-run ;;
4) exec tt-sync --config config.env --engine tt ;;
*)
    sed -n 's/^# \{0,1\}//p' "$0" | head -9
    exit 64
    ;;
esac
