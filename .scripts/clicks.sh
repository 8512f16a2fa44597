#!/usr/bin/env bash
# Measures how long it takes from a click at the desk until its effect can be seen, with thousands of
# cases in the queue: .scripts/clicks.sh
#
# Builds the release, starts a durable PostgreSQL and a Redis of its own in target/clicks, a service,
# and a real browser, prints a table, and stops all of it. Nothing else should run meanwhile.
#
#   MSAADA_CLICKS_CASES    open cases in the queue  (5000)
#   MSAADA_CLICKS_TIMES    how often each is done   (25)
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=.scripts/say.sh
. .scripts/say.sh
# shellcheck source=.scripts/install.sh
. .scripts/install.sh
# shellcheck source=.scripts/dashboards.sh
. .scripts/dashboards.sh
# shellcheck source=.scripts/servers.sh
. .scripts/servers.sh
# shellcheck source=.scripts/service.sh
. .scripts/service.sh

if (($#)); then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit
fi
mkdir -p .local
need_compilers
need_servers
need_browser
dashboards_packages
dashboards_build
service_build release
trap servers_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
servers_start "$PWD/target/clicks"
MSAADA_E2E_PROGRAM=$service_binary node dashboards/e2e/clicks.mjs
