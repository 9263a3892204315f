# Read by the bash of the base image's start script before its first line (BASH_ENV, set by the supervisor), and by no
# other bash. A function wins over the tool of that name on PATH. Each asks the program, which says what it does and
# why; if it answers with anything but 0, the tool itself runs.
# shellcheck shell=bash
unset BASH_ENV

eval "gp_supervisor=(${GP_SUPERVISOR_COMMAND:-false})"
unset GP_SUPERVISOR_COMMAND
# No server runs after an adoption.
gp_supervisor_adopted=false
gp_supervisor_restarted=false

# The libraries of the tools are not for the program; it reads ~/.bashrc itself.
gp_instead_of() {
    (
        unset LD_LIBRARY_PATH OPENSSL_CONF
        exec "${gp_supervisor[@]}" instead-of "$@"
    )
}

# The password is left out: it is in the environment, too, where only its owner can read it.
gpinitsystem() {
    if [ "${1:-}" = -e ] && gp_instead_of gpinitsystem "${@:3}"; then
        gp_supervisor_adopted=true
        return
    fi
    command gpinitsystem "$@"
}

gpstop() {
    if ! "${gp_supervisor_adopted}" || [ "$*" != -ar ]; then
        command gpstop "$@"
        return
    fi
    gp_supervisor_adopted=false
    gp_supervisor_restarted=true
    printf '%(%Y%m%d:%H:%M:%S)T:%06d gp-supervisor:%s:%s-[INFO]:-Restarting System...\n' -1 "$$" "${HOSTNAME}" "${USER:-${LOGNAME:-}}"
    gpstart -a
}

# The start script waits after a restart; gpstart has waited already.
sleep() {
    if "${gp_supervisor_restarted}" && [ "$*" = 10 ]; then
        gp_supervisor_restarted=false
        return
    fi
    command sleep "$@"
}
