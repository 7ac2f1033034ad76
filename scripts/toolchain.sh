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
