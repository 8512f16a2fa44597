# shellcheck shell=bash
# What every measurement stands on: the release, and a durable PostgreSQL and a Redis of its own, which
# are stopped afterwards.
#
# measure_needs looks for what is installed, measure_build builds the release, and measure_start FOLDER
# starts the servers.

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

measure_needs() {
    mkdir -p .local
    need_compilers
    need_servers
}

measure_build() {
    dashboards_build
    service_build release
}

measure_start() {
    trap servers_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    servers_start "$1"
}
