# shellcheck shell=bash
# Builds the pages of dashboards/, and only when what they are made of has changed.

hash_of() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1; }

# The packages that the pages are built with.
dashboards_packages() {
    local now stamp=.local/packages.stamp
    now=$(hash_of dashboards/package.json dashboards/package-lock.json)
    mkdir -p .local
    [[ -d dashboards/node_modules && -f $stamp && $(<"$stamp") == "$now" ]] && return
    say "Fetching what the pages are built with"
    (cd dashboards && npm ci --no-audit --no-fund --loglevel=error) >&2
    printf '%s' "$now" >"$stamp"
}

dashboards_build() {
    local now stamp=.local/pages.stamp
    now=$(find dashboards -mindepth 1 -maxdepth 1 ! -name node_modules ! -name dist -print0 | sort -z | {
        mapfile -d '' -t sources
        hash_of "${sources[@]}"
    })
    [[ -d dashboards/dist && -f $stamp && $(<"$stamp") == "$now" ]] && return
    dashboards_packages
    say "Building the pages"
    (cd dashboards && npm run --silent build) >&2
    printf '%s' "$now" >"$stamp"
}
