# Read by the bash of the base image's start script while an image is built: it ends with gpinitsystem, and the servers
# are stopped.
# shellcheck shell=bash
unset BASH_ENV

gpinitsystem() {
    if [ "${1:-}" = --version ]; then
        command gpinitsystem --version
        return
    fi
    command gpinitsystem "$@" || exit
    command gpstop -a -M fast
    exit
}
