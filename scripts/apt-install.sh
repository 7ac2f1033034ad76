#!/bin/sh
# Installs Debian packages without starting or enabling the services in them. Run as root by setup.sh. For any POSIX shell.
set -eu

policy=/usr/sbin/policy-rc.d
kept=$policy.kept-by-aetherius

# What packages ask before they start a service. Ours says no to all; the machine's own comes back whatever happens.
restore_policy() {
    rm -f "$policy"
    [ ! -e "$kept" ] || mv "$kept" "$policy"
}

forbid_starts() {
    # Left behind by a run that was killed.
    [ ! -e "$kept" ] || restore_policy
    [ ! -e "$policy" ] || mv "$policy" "$kept"
    trap restore_policy EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\n# Of Aetherius, while it installs packages.\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

warn() {
    echo "set-up: the service $1 could not be disabled; it may start with the machine" >&2
}

# Services of packages that we have brought must not start with the machine either: the tests start their own.
disable_services() {
    for package in "$@"; do
        case $package in
            prometheus | prometheus-alertmanager | redis-server)
                if command -v systemctl >/dev/null 2>&1; then
                    systemctl --quiet disable "$package.service" >/dev/null 2>&1 || warn "$package"
                fi
                update-rc.d "$package" disable >/dev/null 2>&1 || warn "$package"
                ;;
        esac
    done
}

export DEBIAN_FRONTEND=noninteractive
forbid_starts
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
disable_services "$@"
