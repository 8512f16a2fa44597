# shellcheck shell=bash
# What the machine must have. Missing packages of the distribution are installed where that can be
# done; Rust and Node are not, since people have their own ways of installing them.

# The folder of PostgreSQL's programs: that of the wanted major version, else the newest.
postgres_bin() {
    local wanted=${1:-} folder newest=
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin; do
        [[ -x $folder/initdb ]] || continue
        [[ $wanted && $folder == *[/-]"$wanted"/bin ]] && newest=$folder && break
        newest=$(printf '%s\n' "$newest" "$folder" | sort -V | tail -n 1)
    done
    if [[ -z $newest ]] && has initdb; then newest=$(dirname "$(command -v initdb)"); fi
    printf '%s' "$newest"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# install_packages PACKAGE...: installs them, or says exactly what to do.
install_packages() {
    local todo="apt-get install $*"
    has apt-get || fail "this machine lacks: $*." "Install them with its package manager and start again."
    if ((EUID != 0)); then
        has sudo || fail "something is missing, and this user may not install it." "As root: $todo"
        sudo -n true 2>/dev/null || [[ -t 0 ]] || fail "something is missing, and sudo asks for a password." "Do: sudo $todo"
    fi
    say "Installing: $*"
    mkdir -p .local/log
    {
        as_root apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    } >.local/log/install 2>&1 ||
        fail "the packages could not be installed. The last words (all of them are in .local/log/install):" \
            "$(tail -n 5 .local/log/install)" "Try by hand: $todo"
}

need_compilers() {
    local missing=()
    has cargo || fail "Rust is missing." "Install it from https://rustup.rs and start again."
    has npm || fail "Node.js is missing." "Install Node.js 20.19 or newer from https://nodejs.org and start again."
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        fail "Node.js $(node --version) is too old." "Install Node.js 20.19 or newer from https://nodejs.org and start again."
    has cc || missing+=(gcc libc6-dev)
    has make || missing+=(make)
    if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
}

need_fuzzer() {
    cargo +nightly --version >/dev/null 2>&1 ||
        fail "Fuzzing takes a nightly compiler." "Do: rustup toolchain install nightly --profile minimal"
    has c++ || install_packages g++
    cargo fuzz --version >/dev/null 2>&1 || cargo install --locked --quiet cargo-fuzz
}

need_servers() {
    local missing=()
    [[ $(postgres_bin "") ]] || missing+=(postgresql)
    has redis-server || missing+=(redis-server)
    has redis-cli || missing+=(redis-tools)
    has setpriv || missing+=(util-linux)
    if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
    [[ $(postgres_bin "") ]] || fail "PostgreSQL is installed, but its programs (initdb, postgres) were not found." "Put them on the PATH and start again."
}

# A browser for the stories told in one: MSAADA_E2E_CHROMIUM, or what the machine has.
need_browser() {
    local name
    [[ -n ${MSAADA_E2E_CHROMIUM:-} ]] && return
    for name in chromium google-chrome google-chrome-stable; do
        if has "$name"; then
            export MSAADA_E2E_CHROMIUM
            MSAADA_E2E_CHROMIUM=$(command -v "$name")
            return
        fi
    done
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        # Ubuntu's package of Chromium is a snap, which many machines cannot run.
        dashboards_packages
        say "Installing Chromium"
        (cd dashboards && npx playwright-core install --with-deps chromium) >&2 ||
            fail "no browser could be installed." "Install Chromium or Google Chrome and start again."
        MSAADA_E2E_CHROMIUM=$(cd dashboards && node -p 'require("playwright-core").chromium.executablePath()')
        export MSAADA_E2E_CHROMIUM
    else
        install_packages chromium
        export MSAADA_E2E_CHROMIUM=/usr/bin/chromium
    fi
}
