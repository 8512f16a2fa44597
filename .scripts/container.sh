#!/bin/sh
# The start of a container: the secret is made where there is none, the schema and the missions are
# brought up to date, then it serves.
set -eu
if [ ! -s "$MSAADA_SECRET_FILE" ]; then
    (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$MSAADA_SECRET_FILE")
fi
msaada migrate
msaada missions load
exec msaada serve
