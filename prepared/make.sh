#!/usr/bin/env bash
# make.sh MODE ARCHIVE: makes the archive of a prepared cluster while an image is built, with the base image's own
# entrypoint and start script. MODE is `auto` (what cannot be made is left out, and the build goes on), `on` (it fails)
# or `off`. Run as root.
set -Eeuo pipefail

mode="$1"
archive="$2"
here="$(cd "$(dirname "$0")" && pwd)"

main() {
    mkdir -p "$(dirname "${archive}")"
    case "${mode}" in
        off) echo 'prepared cluster: left out (PREPARED_CLUSTER=off)' ;;
        auto | on) attempt ;;
        *)
            echo "PREPARED_CLUSTER is ${mode}; allowed: auto, on, off" >&2
            exit 1
            ;;
    esac
}

attempt() {
    local status=0
    # `set -e` has no effect in what is called within a condition: the last command of each decides.
    { create && pack; } || status=$?
    if [ "${status}" = 0 ]; then return; fi
    rm -f "${archive}"
    echo "prepared cluster: cannot be made here; the reason is in the lines above. A first start will use gpinitsystem." >&2
    [ "${mode}" = auto ]
}

# The entrypoint starts sshd and becomes the administrator, as in a container. Nobody gets to know the password.
create() {
    name_this_host
    GREENPLUM_PASSWORD="$(od -A n -N 24 -t x1 /dev/urandom | tr -d ' \n')"
    export GREENPLUM_PASSWORD CLOUDBERRY_PASSWORD="${GREENPLUM_PASSWORD}"
    export GREENPLUM_PXF_ENABLE=false CLOUDBERRY_PXF_ENABLE=false
    timeout -k 10 "${PREPARED_TIMEOUT:-600}" tini -s -- /entrypoint.sh \
        env BASH_ENV="${here}/only-gpinitsystem.bash" "$(start_script)" < /dev/null
}

start_script() {
    gp-supervisor config | sed -n 's/^ *"startScript": "\(.*\)",*$/\1/p'
}

# A build's own host name may lead nowhere.
name_this_host() {
    local host
    host="$(hostname)"
    if ! getent hosts "${host}" > /dev/null; then echo "127.0.0.1 ${host}" >> /etc/hosts; fi
}

pack() { gp-supervisor pack --output - > "${archive}"; }

main
