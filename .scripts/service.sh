# shellcheck shell=bash
# The service and the telephones beside it. What they keep is in the folder $home.

home=$PWD/.local
service_binary=
service_pid=
phones_pid=

service_build() {
    local profile=$1 folder=$1
    [[ $profile == dev ]] && folder=debug
    say "Building the service (the first time takes some minutes)"
    cargo build --locked --profile "$profile" || fail "the service could not be built; see above."
    service_binary=$PWD/${CARGO_TARGET_DIR:-target}/$folder/msaada
    [[ ${CARGO_TARGET_DIR:-} == /* ]] && service_binary=$CARGO_TARGET_DIR/$folder/msaada
    [[ -x $service_binary ]] || fail "cargo built no $service_binary."
}

# free_port: a port of this machine that nobody listens on.
free_port() {
    local port
    while port=$((RANDOM % 20000 + 20000)); do
        if port_is_free "127.0.0.1:$port"; then printf '%s' "$port" && return; fi
    done
}

port_is_free() {
    local host=${1%:*} port=${1##*:}
    [[ $port =~ ^[0-9]+$ ]] || fail "'$1' is not an address and a port." "Write it like 127.0.0.1:8080"
    [[ $host == 0.0.0.0 || $host == '[::]' ]] && host=127.0.0.1
    host=${host#[} host=${host%]}
    ! (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

# Ends a service that an earlier start, killed, left behind. A number in an old file may belong to
# another program by now, so it must be ours.
service_stop_left_over() {
    local file pid
    for file in "$home/serve.pid" "$home/phones.pid"; do
        [[ -f $file ]] || continue
        pid=$(<"$file")
        if [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == "$service_binary"* ]]; then
            say "Stopping the service that an earlier start left behind"
            kill -TERM "$pid" 2>/dev/null || true
            servers_await_end "$pid" 20 || kill -KILL "$pid"
        fi
        rm -f "$file"
    done
}

secret() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The settings, the schema, the missions and the first responders.
service_prepare() {
    local listen=$1 phones=$2
    if [[ ! -s $home/secret ]]; then
        (umask 077 && secret 32 >"$home/secret.new" && mv "$home/secret.new" "$home/secret")
    fi
    if [[ ! -s $home/twilio ]]; then
        (umask 077 && printf 'AC%s %s' "$(secret 16)" "$(secret 16)" >"$home/twilio")
    fi
    local account token
    read -r account token <"$home/twilio" || true
    export MSAADA_LISTEN=$listen
    export MSAADA_PUBLIC_URL=${MSAADA_PUBLIC_URL:-http://$listen}
    export MSAADA_SECRET_FILE=${MSAADA_SECRET_FILE:-$home/secret}
    export MSAADA_SPOOL_DIR=${MSAADA_SPOOL_DIR:-$home/spool}
    if [[ -z ${MSAADA_TWILIO_ACCOUNT_SID:-} ]]; then
        export MSAADA_TWILIO_ACCOUNT_SID=$account MSAADA_TWILIO_AUTH_TOKENS=$token
        export MSAADA_TWILIO_FROM=${MSAADA_TWILIO_FROM:-+254700000000}
        export MSAADA_TWILIO_API=http://$phones
    fi
    mkdir -p "$MSAADA_SPOOL_DIR"

    "$service_binary" migrate || fail "the database could not be brought up to date; see above."
    "$service_binary" missions load || fail "the missions could not be loaded; see above."
    "$service_binary" responder seed || fail "the first responders could not be made; see above."
    service_drill_account || fail "the account for drills could not be made; see above."
    local email password
    read -r email password <"$home/drill"
    export MSAADA_DRILL_EMAIL=$email MSAADA_DRILL_PASSWORD=$password MSAADA_DRILL_GATEWAY=http://$phones
    (umask 077 && export -p | grep -E '^declare -x (DATABASE_URL|REDIS_URL|MSAADA_)' >"$home/env")
}

# Who watches the desk during a drill: sees all missions, is never on duty, and its password is only
# in a file of this folder.
service_drill_account() {
    local email=drill@centre.example
    [[ -s $home/drill ]] && return
    (
        umask 077
        "$service_binary" responder add --email "$email" --name "Drill" --role operator --post desk \
            --mission KE-NBO >"$home/drill.new" 2>/dev/null ||
            "$service_binary" responder reset "$email" >"$home/drill.new"
    ) && mv "$home/drill.new" "$home/drill"
}

service_start() {
    local listen=$1 phones=$2
    mkdir -p "$home/log"
    # A session of its own, so that Ctrl-C reaches this script, which stops things in order.
    setsid setpriv --pdeathsig TERM "$service_binary" serve &
    service_pid=$!
    printf '%s' "$service_pid" >"$home/serve.pid"
    setsid setpriv --pdeathsig TERM "$service_binary" phones --listen "$phones" \
        --webhook "http://$listen" >>"$home/log/phones" 2>&1 &
    phones_pid=$!
    printf '%s' "$phones_pid" >"$home/phones.pid"
    local tries=1200
    while port_is_free "$listen"; do
        kill -0 "$service_pid" 2>/dev/null || fail "the service did not start; see above."
        ((tries-- > 0)) || fail "the service did not listen on $listen within a minute; see above."
        sleep 0.05
    done
}

service_where() {
    cat >&2 <<WHERE

  Msaada is running.

    For people in need        http://$1/
    For responders (desk)     http://$1/desk
    Telephones to try it      http://$2/
    The interface             http://$1/docs

    Other commands            set -a; . .local/env; $service_binary --help
    Logs of the servers       .local/log/
    Stop                      Ctrl-C (the data stays)

WHERE
}

# Waits for the service, and ends with its end.
service_wait() {
    local status=0
    wait "$service_pid" || status=$?
    service_pid=
    fail "the service ended by itself (status $status); see above."
}

service_stop() {
    local pid
    for pid in $service_pid $phones_pid; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $service_pid $phones_pid; do
        servers_await_end "$pid" 20 || kill -KILL "$pid" 2>/dev/null || true
    done
    rm -f "$home/serve.pid" "$home/phones.pid"
}
