#!/bin/sh
# Tells somebody if something is not in order, by NOTIFICATION_METHOD of the configuration. For cron.
set -eu
DATASYNC_HOME=${DATASYNC_HOME:-$(cd "$(dirname "$0")/.." && pwd)}
export DATASYNC_HOME
exec tt-sync alerts --config "$DATASYNC_HOME/datasync-config.env" "$@"
