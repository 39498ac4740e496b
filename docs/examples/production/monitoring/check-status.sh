#!/bin/sh
# How the last sync went, for people and for Nagios and its like: exit 0, 1, 2 or 3.
set -eu
DATASYNC_HOME=${DATASYNC_HOME:-$(cd "$(dirname "$0")/.." && pwd)}
export DATASYNC_HOME
exec tt-sync status --config "$DATASYNC_HOME/datasync-config.env" "$@"
