# Read by the bash of the base image's start script before its first line (BASH_ENV, set by the supervisor), and by no
# other bash. A function wins over the tool of that name on PATH. Each asks the program, which says what it does and
# why; if it answers with anything but 0, the tool itself runs.
# shellcheck shell=bash
unset BASH_ENV

eval "gp_supervisor=(${GP_SUPERVISOR_COMMAND:-false})"
unset GP_SUPERVISOR_COMMAND
gp_restarted=false
# The commands by which hosts get to know each other. The gp* tools need them; a fast start does not wait for them.
gp_introductions=()

# The libraries of the tools are not for the program; it reads ~/.bashrc itself.
gp_instead_of() {
    (
        unset LD_LIBRARY_PATH OPENSSL_CONF
        START_SCRIPT_PID="$$" exec "${gp_supervisor[@]}" instead-of "$@"
    )
}

gp_tool() {
    gp_introduce
    command "$@"
}

gp_introduce() {
    local introduction
    for introduction in "${gp_introductions[@]}"; do eval "${introduction}"; done
    gp_introductions=()
}

# Not a job of the script, which kills its first one at the end. Its output goes into a pipe of its own, because ssh makes
# what it writes to non-blocking, and on from there line by line.
gp_introduce_beside() {
    (
        {
            gp_introduce < /dev/null || echo 'WARNING - the keys of this host could not be exchanged; gp* tools by hand may ask for them'
        } 2>&1 | while IFS= read -r line; do printf '%s\n' "${line}" >&2; done &
    )
    gp_introductions=()
}

# Standard output is known_hosts, kept open under a number of its own.
ssh-keyscan() {
    local file
    exec {file}>&1
    gp_introductions+=("if gp_await ${*: -1}; then command ssh-keyscan $(printf '%q ' "$@") >&${file} 2> /dev/null; fi; exec ${file}>&-")
}

gpssh-exkeys() { gp_introductions+=("gp_exchange_keys $(printf '%q ' "$@")"); }

# --- several hosts ------------------------------------------------------------------------------------------------------

# Whoever comes late is waited for: all of them together for five minutes after the start of the script. A host that does
# not come then is left out here, because gpssh-exkeys would end the script; gpstart and gpinitsystem decide whether they
# can do without it.
gp_await_seconds=300

gp_leads_others() { [ "${GREENPLUM_DEPLOYMENT:-}" = master ] || [ "${CLOUDBERRY_DEPLOYMENT:-}" = master ]; }

gp_answers() { timeout 2 bash -c 'exec 3<> "/dev/tcp/$1/$2"' answers "$1" "${SSH_PORT:-22}" 2> /dev/null; }

# Status 1 for a host that does not come.
gp_await() {
    if ! gp_leads_others || gp_answers "$1"; then return; fi
    echo "INFO - waiting for host $1"
    until gp_answers "$1"; do
        if [ "${SECONDS}" -ge "${gp_await_seconds}" ]; then
            echo "WARNING - host $1 does not answer on port ${SSH_PORT:-22}; going on without it"
            return 1
        fi
        command sleep 1
    done
    echo "INFO - host $1 answers"
}

gp_exchange_keys() {
    local host present
    if ! gp_leads_others || [ "$#" != 2 ] || [ "$1" != -f ]; then
        command gpssh-exkeys "$@"
        return
    fi
    present="$(mktemp)"
    while IFS= read -r host || [ -n "${host}" ]; do
        if [ -n "${host}" ] && gp_answers "${host}"; then echo "${host}"; fi
    done < "$2" > "${present}"
    command gpssh-exkeys -f "${present}"
    rm -f "${present}"
}

# The password is left out: it is in the environment, too, where only its owner can read it.
gpinitsystem() {
    if [ "${1:-}" = --version ]; then
        command gpinitsystem --version
    else
        # What is asked first asks the other hosts.
        if gp_leads_others; then gp_introduce; fi
        if [ "${1:-}" != -e ] || ! gp_instead_of gpinitsystem "${@:3}"; then gp_tool gpinitsystem "$@"; fi
    fi
}

gpstart() {
    if gp_instead_of gpstart "$@"; then gp_introduce_beside; else gp_tool gpstart "$@"; fi
}

gpstop() {
    if [ "$*" = -ar ] && gp_instead_of gpstop -ar; then
        gp_restarted=true
        gpstart -a
    else
        gp_tool gpstop "$@"
    fi
}

# The script's way to show the coordinator's log, as its first job. The program follows the logs of all servers itself, and
# beyond the end of a file; the job only has to be there, because the script ends it.
tail() {
    if [ "${1:-}" != -f ] || [ "${BASHPID}" = "$$" ]; then
        command tail "$@"
    elif [ "$#" = 2 ] && [[ "$2" = */gpdb-* ]]; then
        exec sleep infinity
    else
        # Otherwise bash would be the job, and its end would leave the tool behind.
        exec tail "$@"
    fi
}

# The start script waits after a restart; this one has been waited for already.
sleep() {
    if "${gp_restarted}" && [ "$*" = 10 ]; then
        gp_restarted=false
        return
    fi
    command sleep "$@"
}
