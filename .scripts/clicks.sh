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
# shellcheck source=.scripts/measure.sh
. .scripts/measure.sh

if (($#)); then
    usage
    exit
fi
measure_needs
need_browser
dashboards_packages
measure_build
measure_start "$PWD/target/clicks"
MSAADA_E2E_PROGRAM=$service_binary node dashboards/e2e/clicks.mjs
