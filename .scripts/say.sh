# shellcheck shell=bash
# What the scripts say, and how they give up.

bold='' red='' plain=''
if [[ -t 2 ]]; then bold=$'\e[1m' red=$'\e[1;31m' plain=$'\e[0m'; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }

fail() {
    printf '%sStopped:%s %s\n' "$red" "$plain" "$1" >&2
    shift
    if (($#)); then printf '         %s\n' "$@" >&2; fi
    exit 1
}

# The words at the head of the script that was started.
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }

has() { command -v "$1" >/dev/null 2>&1; }
