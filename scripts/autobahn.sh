#!/bin/sh
# Installs Autobahn|Testsuite, which tests the gateway's WebSockets, once into the cache, at the versions that
# gateway/data-plane/tests/it/autobahn pins. It is written for Python 2.7, which has to be there: in PATH, in $AETHERIUS_PYTHON2, or
# one of pyenv's. When it is installed, nothing is touched and no network is needed. For any POSIX shell.
#
# `scripts/autobahn.sh --path` says where the program is, without installing.
set -eu
cd "$(dirname "$0")/.."

cache=${AETHERIUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/aetherius}
pins=gateway/data-plane/tests/it/autobahn/requirements.txt
place=$cache/tools/autobahn-$(sha256sum <"$pins" | cut -c 1-12)

case ${1:-} in
    '') ;;
    --path)
        echo "$place/wstest"
        exit 0
        ;;
    *)
        echo "usage: scripts/autobahn.sh [--path]" >&2
        exit 2
        ;;
esac

[ ! -x "$place/wstest" ] || exit 0

# A name in PATH may be that of a program which only says that there is none.
find_python() {
    for python in "${AETHERIUS_PYTHON2:-}" python2.7 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7.*/bin/python2.7; do
        if [ -n "$python" ] && "$python" -m pip --version >/dev/null 2>&1; then
            command -v "$python"
            return 0
        fi
    done
    return 1
}

python=$(find_python) || {
    echo "autobahn: there is no Python 2.7 with pip; name one in AETHERIUS_PYTHON2" >&2
    exit 1
}
echo "autobahn: installing once, for $python"
mkdir -p "$cache/tools"
building=$(mktemp -d "$cache/tools/autobahn.XXXXXX")
trap 'rm -rf "$building"' EXIT
"$python" -m pip install --disable-pip-version-check --quiet --no-deps --target "$building/site" -r "$pins" 2>"$building/log" || {
    cat "$building/log" >&2
    exit 1
}
cat >"$building/wstest" <<END
#!/bin/sh
exec "$python" -c 'import site, sys
site.addsitedir(sys.argv.pop(1))
sys.argv[0] = "wstest"
from autobahntestsuite.wstest import run
run()' "$place/site" "\$@"
END
chmod 755 "$building" "$building/wstest"
# The program appears whole or not at all.
mv "$building" "$place"
