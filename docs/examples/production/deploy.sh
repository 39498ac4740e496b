#!/bin/sh
# Puts the deployment in place, or what has changed of it; done twice it is as done once. The old script is kept.
#
#     deploy.sh [DIRECTORY]              below /srv/datasync, if no directory is named
#     deploy.sh --rollback [DIRECTORY]   the old script again; configuration, logs and data stay
set -eu

rollback=false
if [ "${1:-}" = --rollback ]; then
    rollback=true
    shift
fi
home=${1:-/srv/datasync}
here=$(cd "$(dirname "$0")" && pwd)
config=$home/datasync-config.env

if "$rollback"; then
    tt-sync shim --undo "$home/scripts"
    exit
fi

mkdir -p "$home/outbox" "$home/logs" "$home/scripts" "$home/monitoring"
DATASYNC_HOME=$(cd "$home" && pwd)
export DATASYNC_HOME

# A configuration that is there already is somebody's work.
[ -e "$config" ] || sed "s|:-/srv/datasync}|:-$DATASYNC_HOME}|" "$here/datasync-config.env" > "$config"
cp "$here/monitoring/check-status.sh" "$here/monitoring/alerts.sh" "$home/monitoring/"

echo 'Is all ready?'
tt-sync --config "$config" --print-config
dest=$(tt-sync --config "$config" --print-pipeline | sed -n 's/.*\(s3:[^ ]*\).*/\1/p')
tt-install check --without-s5cmd --bucket "$dest" --write

echo 'What would be uploaded now?'
tt-sync --config "$config" --dry-run --quiet

tt-sync shim "$home/scripts"
echo "Deployed. From here on: systemd/, cron/ and logrotate/ beside this script, as README.md says."
