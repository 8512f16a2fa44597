#!/usr/bin/env bash
# Measures the service on this machine, beside yardsticks: .scripts/bench.sh [BENCH [ARGUMENT…]]
#
#   .scripts/bench.sh                    all benches, one after the other
#   .scripts/bench.sh intake             one of them; `msaada bench --help` tells them all
#   .scripts/bench.sh intake --json      with arguments of its own
#
# Builds the release, starts a durable PostgreSQL and a Redis of its own in target/bench, and stops
# them afterwards. Nothing else should run meanwhile.
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

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit
fi
mkdir -p .local
need_compilers
need_servers
has pgbench || [[ -x $(postgres_bin "")/pgbench ]] || install_packages postgresql-contrib
has redis-benchmark || install_packages redis-tools
dashboards_build
service_build release
# Sockets by the ten thousand need as many open files.
ulimit -n "$(ulimit -Hn)"
trap servers_stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
servers_start "$PWD/target/bench"
if (($#)); then
    "$service_binary" bench "$@"
    exit
fi
for bench in $("$service_binary" bench --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help); do
    "$service_binary" bench "$bench"
done
