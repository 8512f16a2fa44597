# shellcheck shell=bash
# The steps of ./test: each is run even where an earlier one failed, and all are told in the end.

steps_told=()
steps_failed=0

# step NAME COMMAND...
step() {
    local name=$1 began=$SECONDS result=ok
    shift
    say "$name"
    # A shell of its own: there a command that fails ends the step, as everywhere in these scripts.
    # (`if step…` or `step || …` would switch that off.)
    set +e
    (
        set -e
        "$@"
    )
    local status=$?
    set -e
    if ((status)); then
        result=FAILED
        steps_failed=$((steps_failed + 1))
    fi
    steps_told+=("$(printf '%-18s %-7s %4d s' "$name" "$result" $((SECONDS - began)))")
}

summary() {
    printf '\n'
    printf '%s\n' "${steps_told[@]}"
    if ((steps_failed)); then
        printf '\n%d of %d steps failed.\n' "$steps_failed" "${#steps_told[@]}"
        exit 1
    fi
    printf '\nAll %d steps passed in %d s.\n' "${#steps_told[@]}" "$SECONDS"
}

# pages SCRIPT: one of the scripts of dashboards/package.json.
pages() {
    dashboards_packages
    (cd dashboards && npm run --silent "$1")
}

# fuzz SECONDS: begins with the messages that are known, and keeps what it found for the next time. No
# sanitizer: there is no unsafe code to watch, and without one it tries several times as many.
fuzz() {
    dashboards_build
    mkdir -p tests/fuzz/corpus/understand
    # The versions the service is built with.
    cp Cargo.lock tests/fuzz/Cargo.lock
    # shellcheck disable=SC2016
    node -e '
        const fs = require("fs");
        for (const file of fs.readdirSync("tests/messages").filter((name) => name.endsWith(".jsonl")))
            for (const [nth, line] of fs.readFileSync(`tests/messages/${file}`, "utf8").split("\n").entries())
                if (line) fs.writeFileSync(`tests/fuzz/corpus/understand/${file}-${nth}`, "\0" + (JSON.parse(line).text ?? ""));'
    SQLX_OFFLINE=true cargo +nightly fuzz run --fuzz-dir tests/fuzz --sanitizer none understand \
        -- -max_total_time="$1" -timeout=3 -max_len=20000 -print_final_stats=1
}
