#!/bin/sh
# Builds the programs of the test cluster (docs/test-cluster.md) once into the cache, at the versions that the modules under
# testing/cluster/binaries pin. When they are there, nothing is touched and no network is needed. For any POSIX shell.
#
# Programs in KUBEBUILDER_ASSETS are taken from there: etcd and kwok each, those of Kubernetes only all together, as mixed versions
# may not fit. `scripts/test-cluster.sh --dir` says where ours are, without building.
set -eu
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}/test-cluster
modules=$PWD/testing/cluster/binaries
version=$(cat "$modules"/kubernetes/go.* "$modules"/kwok/go.* | sha256sum | cut -c 1-12)
dir=$cache/$version

say() {
    echo "test cluster: $*"
}

fail() {
    echo "test cluster: $*" >&2
    exit 1
}

case ${1:-} in
    '') ;;
    --dir)
        echo "$dir"
        exit 0
        ;;
    *)
        echo "usage: scripts/test-cluster.sh [--dir]" >&2
        exit 2
        ;;
esac

# Whether all these programs are there, ours or others'.
has_programs() {
    for folder in "$dir" "${KUBEBUILDER_ASSETS:-}"; do
        found=yes
        for program in "$@"; do
            [ -n "$folder" ] && [ -x "$folder/$program" ] || found=
        done
        [ -z "$found" ] || return 0
    done
    return 1
}

# The packages of the module $1 that have to be built.
missing_packages() {
    kubernetes='kube-apiserver kube-controller-manager kube-scheduler kubectl'
    case $1 in
        kubernetes)
            # shellcheck disable=SC2086 # several words
            has_programs $kubernetes || for program in $kubernetes; do echo "k8s.io/kubernetes/cmd/$program"; done
            has_programs etcd || echo go.etcd.io/etcd/server/v3
            ;;
        kwok) has_programs kwok || echo sigs.k8s.io/kwok/cmd/kwok ;;
    esac
}

is_complete() {
    [ -z "$(missing_packages kubernetes)$(missing_packages kwok)" ]
}

# What the programs call themselves: without it, kubectl and the API server would be of no version.
version_flags() {
    [ "$1" = kubernetes ] || return 0
    kube=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
    rest=${kube#v}
    minor=${rest#*.}
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        for pair in "gitVersion=$kube" "gitMajor=${rest%%.*}" "gitMinor=${minor%%.*}" gitTreeState=clean; do
            printf ' -X %s.%s' "$package" "$pair"
        done
    done
}

# Builds packages of the module $1 in the background, and says every half minute how far it is.
build() {
    module=$1
    shift
    cd "$modules/$module"
    say "$module: downloading the sources"
    log=$building/log
    total=$(go list -deps "$@" 2>"$log" | wc -l)
    [ "$total" -gt 0 ] || {
        tail -n 5 "$log" >&2
        fail "$module: the sources are not there and could not be downloaded, see above"
    }
    say "$module: building once, with $(go env GOVERSION), $total packages at most"
    nice go build -v -p "$(nproc)" -trimpath -buildvcs=false -ldflags "-s -w$(version_flags "$module")" \
        -o "$building/bin/" "$@" >"$log" 2>&1 9>&- &
    job=$!
    seconds=0
    while kill -0 "$job" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        [ $((seconds % 30)) -ne 0 ] || say "$module: $(wc -l <"$log") packages after $seconds s"
    done
    wait "$job" || {
        tail -n 20 "$log" >&2
        fail "$module: the build failed, see above"
    }
    say "$module: built in $seconds s"
}

clean_up() {
    [ -z "$job" ] || kill "$job" 2>/dev/null || true
    rm -rf "$building"
}

is_complete && exit 0
mkdir -p "$cache"
# Only one builds; the others wait and find it done.
exec 9>"$cache/lock"
flock 9
is_complete && exit 0

find_go || install_go "$cache/go" ||
    fail "there is no Go, and none could be fetched; install Go $(pinned_go) or newer, or set KUBEBUILDER_ASSETS"
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0
building=$cache/building
job=
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
rm -rf "$building"
mkdir -p "$building/bin" "$dir"
for module in kubernetes kwok; do
    missing=$(missing_packages "$module")
    # shellcheck disable=SC2086 # several words
    [ -z "$missing" ] || build "$module" $missing
done
[ ! -e "$building/bin/server" ] || mv "$building/bin/server" "$building/bin/etcd"
# A program appears whole or not at all.
mv -f "$building"/bin/* "$dir/"
say "complete in $dir"
