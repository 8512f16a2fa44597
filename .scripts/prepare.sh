#!/usr/bin/env bash
# Writes what sqlx needs to check the queries without a database into .sqlx: run it after changing
# SQL. With --check it changes nothing, and fails where .sqlx is not what the queries need.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=.scripts/say.sh
. .scripts/say.sh
# shellcheck source=.scripts/install.sh
. .scripts/install.sh
# shellcheck source=.scripts/servers.sh
. .scripts/servers.sh

home=$PWD/target/prepare
fresh=$home/sqlx
rm -rf "$home"
mkdir -p "$fresh" "$home/log"
unset DATABASE_URL REDIS_URL
trap servers_stop EXIT
need_servers
servers_start "$home"
for migration in migrations/*.sql; do
    psql -q -X -v ON_ERROR_STOP=1 -1 -f "$migration" "$DATABASE_URL"
done
# The macros run again only where the crate is compiled again.
touch src/lib.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$fresh cargo check --quiet --locked
if [[ ${1:-} == --check ]]; then
    diff -r .sqlx "$fresh" || fail ".sqlx is not what the queries need." "Run .scripts/prepare.sh and commit .sqlx."
else
    rm -rf .sqlx
    cp -r "$fresh" .sqlx
fi
