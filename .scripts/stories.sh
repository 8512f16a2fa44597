# shellcheck shell=bash
# A whole service of its own for the stories that are told in a browser: servers, service and
# telephones in a fresh folder, on free ports, gone when the stories are over.
#
# The stories find: MSAADA_URL, MSAADA_PHONES_URL, MSAADA_BROWSER (the browser's program),
# MSAADA_RESPONDERS (a file with what `msaada responder seed` printed: the addresses and passwords)
# and MSAADA_PROGRAM (the binary), besides the settings of the service.

stories() {
    local service phones
    home=$PWD/target/stories
    rm -rf "$home"
    mkdir -p "$home/log"
    service=127.0.0.1:$(free_port)
    phones=127.0.0.1:$(free_port)
    trap stories_stop EXIT
    trap 'exit 130' INT TERM HUP
    unset DATABASE_URL REDIS_URL "${!MSAADA_TWILIO_@}" MSAADA_PUBLIC_URL MSAADA_SECRET_FILE MSAADA_SPOOL_DIR
    service_binary=${CARGO_TARGET_DIR:-$PWD/target}/debug/msaada
    servers_start "$home"
    service_prepare "$service" "$phones" >"$home/responders"
    export MSAADA_URL=http://$service MSAADA_PHONES_URL=http://$phones
    export MSAADA_RESPONDERS=$home/responders MSAADA_PROGRAM=$service_binary
    service_start "$service" "$phones" >"$home/log/service" 2>&1
    pages e2e
}

# shellcheck disable=SC2317 # called by the trap
stories_stop() {
    local status=$?
    trap '' INT TERM HUP
    if ((status)); then
        say "The service's last words (all of them are in target/stories/log):"
        tail -n 30 "$home/log/service" >&2 || true
    fi
    service_stop
    servers_stop
}
