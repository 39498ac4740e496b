#!/bin/sh
# Uploads what config.env says, proves it, and says how it went. Flags are passed on: upload.sh --dry-run.
set -eu
cd "$(dirname "$0")"
exec tt-sync --config config.env "$@"
