#!/bin/sh
# Builds h2spec, which tests the gateway's HTTP/2, once into the cache, at the version that gateway/data-plane/tests/it/h2spec pins.
# When it is there, nothing is touched and no network is needed. For any POSIX shell.
#
# `scripts/h2spec.sh --path` says where the program is, without building.
set -eu
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}
module=$PWD/gateway/data-plane/tests/it/h2spec
program=$cache/tools/bin/h2spec-$(cat "$module"/go.* | sha256sum | cut -c 1-12)

case ${1:-} in
    '') ;;
    --path)
        echo "$program"
        exit 0
        ;;
    *)
        echo "usage: scripts/h2spec.sh [--path]" >&2
        exit 2
        ;;
esac

[ ! -x "$program" ] || exit 0
find_go || install_go "$cache/test-cluster/go" || {
    echo "h2spec: there is no Go, and none could be fetched; install Go $(pinned_go) or newer" >&2
    exit 1
}
echo "h2spec: building once, with $(go env GOVERSION)"
mkdir -p "$cache/tools/bin"
building=$(mktemp -d)
trap 'rm -rf "$building"' EXIT
cd "$module"
GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0 nice go build -trimpath -buildvcs=false -ldflags '-s -w' \
    -o "$building/h2spec" github.com/summerwind/h2spec/cmd/h2spec
# The program appears whole or not at all.
mv "$building/h2spec" "$program.new" && mv "$program.new" "$program"
