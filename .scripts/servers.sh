# shellcheck shell=bash
# A PostgreSQL and a Redis of our own. They listen on sockets in a folder that only their owner may
# enter, and each is asked whether it is the one we started, so that we never speak to a server that
# happens to run on the machine. PostgreSQL is durable; Redis keeps nothing, since all it holds is
# rebuilt from PostgreSQL.
#
# servers_start FOLDER sets DATABASE_URL and REDIS_URL; servers_stop ends what it started.

servers_pids=()
servers_socket=

# Who runs them: PostgreSQL refuses to be run by root.
servers_owner() {
    ((EUID == 0)) || return 0
    id -u postgres >/dev/null 2>&1 && printf postgres && return
    id -u nobody >/dev/null 2>&1 && printf nobody && return
    fail "PostgreSQL refuses to be run by root, and there is no user 'postgres' or 'nobody'." "Do: useradd --system postgres"
}

# as_owner COMMAND...: becomes COMMAND, run by the owner. It ends with us, even when we are killed.
as_owner() {
    local owner who=()
    owner=$(servers_owner)
    [[ $owner ]] && who=(--reuid="$owner" --regid="$(id -g "$owner")" --clear-groups)
    LC_ALL=C exec setpriv "${who[@]}" --pdeathsig INT "$@"
}

# The data folder: ours where the owner of the servers can reach it, else one that it can.
servers_data() {
    local folder=$1 owner apart
    owner=$(servers_owner)
    mkdir -p "$folder"
    if [[ -z $owner ]] || (as_owner test -x "$folder" && as_owner test -r "$folder") 2>/dev/null; then
        printf '%s/postgres' "$folder"
        return
    fi
    apart=/var/lib/msaada/$(printf '%s' "$folder" | sha256sum | cut -c 1-12)
    mkdir -p "$apart"
    printf '%s\n' "$apart" >"$folder/postgres-is-in"
    say "PostgreSQL runs as the user $owner, who cannot enter $PWD; its data is in $apart"
    printf '%s/postgres' "$apart"
}

# Ends a PostgreSQL that an earlier start, killed, left on our data.
servers_stop_left_over() {
    local data=$1 pid
    [[ -f $data/postmaster.pid ]] || return 0
    pid=$(head -n 1 "$data/postmaster.pid")
    # A number in an old file may belong to another program by now.
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$data" || return 0
    say "Stopping the PostgreSQL that an earlier start left behind"
    kill -INT "$pid"
    servers_await_end "$pid" 30 || kill -QUIT "$pid"
    servers_await_end "$pid" 10 || fail "the PostgreSQL of an earlier start (process $pid) does not stop." "Do: kill -9 $pid"
}

# servers_await_end PID SECONDS
servers_await_end() {
    local tries=$(($2 * 20))
    while kill -0 "$1" 2>/dev/null; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# servers_await WHAT PID LOG COMMAND...: until the command succeeds.
servers_await() {
    local what=$1 pid=$2 log=$3 tries=1200
    shift 3
    until "$@" 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || fail "$what did not start. Its last words (all of them are in $log):" "$(tail -n 5 "$log")"
        ((tries-- > 0)) || fail "$what did not answer within a minute; see $log."
        sleep 0.05
    done
}

postgres_is_ours() { [[ $(psql -XAtqd "$1" -c 'show cluster_name') == "$2" ]]; }
redis_is_ours() { redis-cli -s "$1" info server | tr -d '\r' | grep -qx "process_id:$2"; }

servers_start() {
    local folder=$1 owner data bin log name pid
    mkdir -p "$folder/log"
    log=$folder/log
    owner=$(servers_owner)
    data=$(servers_data "$folder")
    bin=$(postgres_bin "$(cat "$data/PG_VERSION" 2>/dev/null || true)")
    # An earlier start that was killed could not take its folder of sockets away.
    if [[ -f $folder/sockets && $(<"$folder/sockets") == /tmp/msaada.???????? ]]; then rm -rf "$(<"$folder/sockets")"; fi
    servers_socket=$(mktemp -d /tmp/msaada.XXXXXXXX)
    printf '%s' "$servers_socket" >"$folder/sockets"
    if [[ $owner ]]; then
        mkdir -p "$data" && chown "$owner" "$data" "$servers_socket"
    fi

    if [[ ! -s $data/PG_VERSION ]]; then
        say "Making a database in $data"
        rm -rf "$data/new"
        (as_owner "$bin/initdb" --auth=trust --username=msaada --encoding=UTF8 --locale=C \
            --pgdata "$data/new") >"$log/initdb" 2>&1 || fail "the database could not be made." "$(tail -n 5 "$log/initdb")"
        # PG_VERSION last: a folder that has it is whole.
        (as_owner find "$data/new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$data" {} +)
        (as_owner mv "$data/new/PG_VERSION" "$data/")
        (as_owner rmdir "$data/new")
        (as_owner chmod 0700 "$data")
    fi
    servers_stop_left_over "$data"

    name=msaada-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    (as_owner setsid "$bin/postgres" -D "$data" -k "$servers_socket" -p 5432 -c listen_addresses= \
        -c unix_socket_permissions=0700 -c fsync=on -c synchronous_commit=on -c full_page_writes=on \
        -c max_connections=200 -c timezone=UTC -c cluster_name="$name" \
        -c log_error_verbosity=terse) \
        >>"$log/postgres" 2>&1 </dev/null &
    pid=$!
    servers_pids+=("$pid")
    servers_await PostgreSQL "$pid" "$log/postgres" \
        postgres_is_ours "postgres://msaada@/postgres?host=$servers_socket" "$name"
    # The data folder too, so that a server with our name and other data is noticed.
    [[ $(psql -XAtqd "postgres://msaada@/postgres?host=$servers_socket" -c 'show data_directory') == "$data" ]] ||
        fail "the PostgreSQL that answers keeps its data elsewhere."
    psql -XAtqd "postgres://msaada@/postgres?host=$servers_socket" \
        -c "select 1 from pg_database where datname = 'msaada'" | grep -q 1 ||
        psql -XAtqd "postgres://msaada@/postgres?host=$servers_socket" -c 'create database msaada'

    (as_owner setsid redis-server --port 0 --unixsocket "$servers_socket/redis" --unixsocketperm 700 \
        --save '' --appendonly no --daemonize no --dir "$servers_socket") \
        >>"$log/redis" 2>&1 </dev/null &
    pid=$!
    servers_pids+=("$pid")
    servers_await Redis "$pid" "$log/redis" redis_is_ours "$servers_socket/redis" "$pid"

    export DATABASE_URL="postgres://msaada@localhost/msaada?host=$servers_socket"
    export REDIS_URL="redis+unix://$servers_socket/redis"
}

servers_stop() {
    local pid
    for pid in "${servers_pids[@]}"; do kill -INT "$pid" 2>/dev/null || true; done
    for pid in "${servers_pids[@]}"; do
        servers_await_end "$pid" 20 || kill -QUIT "$pid" 2>/dev/null || true
    done
    servers_pids=()
    [[ -z $servers_socket ]] || rm -rf "$servers_socket"
}
