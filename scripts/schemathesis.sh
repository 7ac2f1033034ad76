#!/bin/sh
# Puts made-up requests to a running Aetherius, as its OpenAPI document allows and as it does not, and says what was answered with a
# 5xx or in a way that the document does not tell. Schemathesis is installed once into the cache; then no network is needed.
# For any POSIX shell.
#
#   scripts/schemathesis.sh PROGRAM [OPTION OF SCHEMATHESIS …]
#
# FUZZ_EXAMPLES (50) bounds the requests for each operation and kind, FUZZ_SEED (1) chooses them.
set -eu
cd "$(dirname "$0")/.."

version=4.32.5
cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}
place=$cache/tools/schemathesis-$version

program=${1:?"usage: scripts/schemathesis.sh PROGRAM [OPTION …]"}
shift

if [ ! -x "$place/bin/st" ]; then
    echo "schemathesis: installing $version once"
    mkdir -p "$cache/tools"
    rm -rf "$place"
    python3 -m venv "$place"
    # What is there in part is not there: the program comes last.
    "$place/bin/pip" install --disable-pip-version-check --quiet "schemathesis==$version" || {
        rm -rf "$place"
        exit 1
    }
fi

work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null && wait "$server" || true; }
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

port=$("$place/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
cat >"$work/aetherius.yaml" <<END
gateway: {rate_limit_per_minute: 1000000}
services:
  execution: {clusters: [{id: default, recorded: {dir: "$PWD/examples/cases/image-pull"}}]}
  events: {rate_limit_per_minute: 100000}
END
# No cluster but the recorded one can be asked, whatever is made up.
env -u KUBECONFIG HOME="$work" AETHERIUS_LOG="${AETHERIUS_LOG:-error,access=off}" "$program" serve \
    --listen "127.0.0.1:$port" --data "$work/data" --config "$work/aetherius.yaml" 2>"$work/log" >/dev/null &
server=$!

# Waits for readiness, then for the first diagnosis, so that there is something of each kind to ask for.
"$place/bin/python" - "$url" "$work/data/admin-token" <<'END' || { cat "$work/log" >&2; exit 1; }
import json, sys, time, urllib.request
url, token_file = sys.argv[1:]
def ask(path, body=None):
    headers = {"Content-Type": "application/json"}
    if path != "/health/ready":
        headers["Authorization"] = "Bearer " + open(token_file).read().strip()
    request = urllib.request.Request(url + path, body and json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request, timeout=5))
def until(what, ask_again):
    for _ in range(300):
        try:
            if ask_again():
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("schemathesis: waited too long for " + what)
until("the start", lambda: ask("/health/ready"))
alert = {"status": "firing", "labels": {"alertname": "KubePodNotReady", "severity": "critical", "namespace": "shop"}}
ask("/webhook/alertmanager", {"version": "4", "alerts": [alert]})
until("a report", lambda: ask("/api/reports/v1/reports")["items"])
END

echo "schemathesis: asking $url"
schema=$PWD/schema/openapi.json
status=0
# It keeps notes where it is started.
cd "$work"
# A WebSocket begins with a handshake that the document cannot ask for: without it, a request that fits is refused.
cat >schemathesis.toml <<'END'
[[operations]]
include-name = "GET /api/api/v1/live"
checks.positive_data_acceptance.enabled = false
END
"$place/bin/st" run "$schema" --url "$url" \
    --header "Authorization: Bearer $(cat "$work/data/admin-token")" \
    --max-examples "${FUZZ_EXAMPLES:-50}" --seed "${FUZZ_SEED:-1}" --no-shrink --continue-on-failure \
    --generation-database none --request-timeout 30 "$@" || status=$?
if [ -s "$work/log" ]; then
    echo "schemathesis: the log of the server ends with:"
    tail -n 20 "$work/log"
fi
exit "$status"
