# shellcheck shell=bash
# A whole service of its own for the stories that are told in a browser: servers, service and
# telephones in a fresh folder, on free ports, gone when the stories are over.
#
# What the stories need to know is in MSAADA_E2E_…, see dashboards/e2e/README.md.

# stories_account ADDRESS: its password, as `msaada responder seed` printed it.
stories_account() {
    awk -v address="$1" '$1 == address { print $2 }' "$home/responders"
}

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
    # shellcheck disable=SC2034 # what service.sh starts
    service_binary=${CARGO_TARGET_DIR:-$PWD/target}/debug/msaada
    servers_start "$home"
    service_prepare "$service" "$phones" >"$home/responders"
    export MSAADA_E2E_PROGRAM=$service_binary
    export MSAADA_E2E_URL=http://$service MSAADA_E2E_GATEWAY=http://$phones
    export MSAADA_E2E_EMAIL=officer@dubai.example MSAADA_E2E_EMAIL_2=duty@dubai.example
    MSAADA_E2E_PASSWORD=$(stories_account "$MSAADA_E2E_EMAIL")
    MSAADA_E2E_PASSWORD_2=$(stories_account "$MSAADA_E2E_EMAIL_2")
    export MSAADA_E2E_EMAIL_3=head@dubai.example MSAADA_E2E_EMAIL_4=operator@centre.example
    MSAADA_E2E_PASSWORD_3=$(stories_account "$MSAADA_E2E_EMAIL_3")
    MSAADA_E2E_PASSWORD_4=$(stories_account "$MSAADA_E2E_EMAIL_4")
    export MSAADA_E2E_PASSWORD MSAADA_E2E_PASSWORD_2 MSAADA_E2E_PASSWORD_3 MSAADA_E2E_PASSWORD_4
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
