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
# shellcheck source=.scripts/measure.sh
. .scripts/measure.sh

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    usage
    exit
fi
measure_needs
has pgbench || [[ -x $(postgres_bin "")/pgbench ]] || install_packages postgresql-contrib
has redis-benchmark || install_packages redis-tools
measure_build
# Sockets by the ten thousand need as many open files.
ulimit -n "$(ulimit -Hn)"
measure_start "$PWD/target/bench"
if (($#)); then
    "$service_binary" bench "$@"
    exit
fi
for bench in $("$service_binary" bench --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help); do
    "$service_binary" bench "$bench"
done
