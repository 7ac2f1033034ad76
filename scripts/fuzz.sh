#!/bin/sh
# Fuzzes the gateway's readers of untrusted text (fuzz/targets), each for FUZZ_SECONDS (default 60), with the stable compiler.
# What was found interesting is kept in the cache and goes on from there the next time. For any POSIX shell.
set -eu
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}
seconds=${FUZZ_SECONDS:-60}
find_toolchain || { echo "fuzz: no Rust $(pinned_rust) or newer is installed; run scripts/setup.sh" >&2; exit 1; }
# libFuzzer itself is C++.
command -v c++ >/dev/null 2>&1 || { echo "fuzz: a C++ compiler is missing; install g++" >&2; exit 1; }

# Naming the target keeps the instrumentation out of build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
coverage='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters'
coverage="$coverage -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# The versions are those that ship.
cp Cargo.lock fuzz/Cargo.lock
(cd fuzz && RUSTFLAGS=$coverage cargo build --release --target "$host" --target-dir "$cache/fuzz/target")

for target in head config; do
    echo "fuzz: $target, $seconds s"
    mkdir -p "$cache/fuzz/corpus/$target"
    "$cache/fuzz/target/$host/release/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$cache/fuzz/" "$cache/fuzz/corpus/$target" "fuzz/seeds/$target"
done
