#!/bin/sh
# Drives the dashboard of the program that AETHERIUS_PROGRAM names in Chromium; `browser-tests.sh shots` takes pictures of its pages
# instead, and `bench` measures it. The browser is what CHROMIUM names, or the first of the usual names in PATH; `browser-tests.sh --browser` prints it. Without
# one that runs, the tests are skipped, loudly, with a line in the file that AETHERIUS_SKIPPED_TESTS names. For any POSIX shell.
set -eu
cd "$(dirname "$0")/.."

find_browser() {
    for name in ${CHROMIUM:-chromium chromium-browser google-chrome}; do
        command -v "$name" 2>/dev/null && return
    done
    return 0
}

skip() {
    line="SKIPPED browser tests: $1"
    echo "$line" >&2
    [ -z "${AETHERIUS_SKIPPED_TESTS:-}" ] || echo "$line" >>"$AETHERIUS_SKIPPED_TESTS"
    exit 0
}

CHROMIUM=$(find_browser)
export CHROMIUM
if [ "${1:-}" = --browser ]; then
    echo "$CHROMIUM"
    exit
fi
[ -n "$CHROMIUM" ] || skip "there is no Chromium; install it, or name one in CHROMIUM"
# One may be there that only tells how to install another.
timeout 120 "$CHROMIUM" --headless --no-sandbox --disable-gpu --dump-dom about:blank >/dev/null 2>&1 || skip "$CHROMIUM does not run here"

case ${1:-} in
    shots | bench) scripts/npm.sh run --silent "$1" ;;
    *) scripts/npm.sh run --silent e2e -- "$@" ;;
esac
