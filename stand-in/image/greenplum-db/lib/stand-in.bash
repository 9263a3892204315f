# shellcheck shell=bash
# What the stand-in's Greenplum scripts share: their log lines, the scaled clock, and starting and stopping one
# PostgreSQL server. Sourced by start_gpdb.sh, gpinitsystem, gpstart and gpstop; knows nothing of PXF.
# `coordinator`, its directory, is set by each of them. Plain bash 3.2 and POSIX tools, so that macOS is not
# shut out.
# shellcheck disable=SC2154

set -Eeuo pipefail

tool_name="$(basename "$0")"
tool_host="$(hostname 2>/dev/null || uname -n)"
tool_user="${GREENPLUM_USER:-gpadmin}"
# shellcheck disable=SC2034
version_text='postgres (Greenplum Database) 6.27.1 build stand-in'

# Faults may change while the stand-in runs, so every tool reads them anew.
if [ -f "${STANDIN_STATE_DIR}/faults.env" ]; then
    set -a
    # shellcheck disable=SC1091
    source "${STANDIN_STATE_DIR}/faults.env"
    set +a
fi

log_file="${HOME}/gpAdminLogs/${tool_name}_$(date +%Y%m%d).log"
mkdir -p "${HOME}/gpAdminLogs"

# A line of a gp* tool, on stdout and in ~/gpAdminLogs as the real ones do it.
say() {
    local stamp line
    # Without a process where the bash is new enough: the tools say a hundred lines in a first start.
    printf -v stamp '%(%Y%m%d:%H:%M:%S)T' -1 2> /dev/null || stamp="$(date +%Y%m%d:%H:%M:%S)"
    printf -v line '%s:%06d %s:%s:%s-[%s]:-%s' "${stamp}" "$$" "${tool_name}" "${tool_host}" "${tool_user}" "$1" "$2"
    printf '%s\n' "${line}" >> "${log_file}"
    printf '%s\n' "${line}"
}

info() { say INFO "$1"; }

# Ends the tool as the real ones end on an error that they understand (exit 2).
give_up() {
    say ERROR "${tool_name} error: $1"
    exit 2
}

# Ends the tool as the real ones end on anything else (also exit 2).
break_off() {
    say CRITICAL "${tool_name} failed. (Reason='$1') exiting..."
    exit 2
}

# Waits for the real tool's duration, scaled. Reckoned here, in thousandths: a process for it would take longer than
# many a wait.
pause() {
    local seconds scale ms wait
    thousandths seconds "$1"
    thousandths scale "${STANDIN_TIME_SCALE}"
    ms=$((seconds * scale / 1000))
    printf -v wait '%d.%03d' $((ms / 1000)) $((ms % 1000))
    sleep "${wait}"
}

# `thousandths NAME 1.5` sets NAME to 1500.
thousandths() {
    local whole="${2%%.*}" part=''
    case "$2" in *.*) part="${2#*.}" ;; esac
    part="${part}000"
    printf -v "$1" '%d' "$((10#${whole:-0} * 1000 + 10#${part:0:3}))"
}

# Notes a process by name and pid, so that one that outlives its parent can be found and ended. Whether a note
# is stale is told by the process's own command line.
note_process() { printf '%s\n' "$2" > "${STANDIN_STATE_DIR}/$1.$2.pid"; }

# Of the coordinator with the content id -1, too.
segment_port() {
    if [ "$1" = -1 ]; then
        echo "${STANDIN_PORT_BASE}"
    elif [ "${STANDIN_PORT_BASE}" = 5432 ]; then
        echo $((6000 + $1))
    else
        echo $((STANDIN_PORT_BASE + 1 + $1))
    fi
}

content_of() {
    local name
    name="$(basename "$1")"
    if [[ "${name}" = *-1 ]]; then echo -1; else echo "${name##*[!0-9]}"; fi
}

# The port of this start, so that a folder may be copied and started elsewhere.
note_port() {
    sed -i '/^port = /d' "$1/postgresql.conf"
    echo "port = $(segment_port "$(content_of "$1")")" >> "$1/postgresql.conf"
}

# --- the catalog ------------------------------------------------------------------------------------------
# standin_servers in the coordinator's directory is what the view gp_segment_configuration reads, one server
# per line, tab-separated: dbid content role preferred_role mode status port hostname address datadir.

catalog_file() { echo "${coordinator}/standin_servers"; }

segment_directory() {
    local prefix
    prefix="$(basename "${coordinator}")"
    printf '%s/%02d/primary/%s%d' "$(dirname "$(dirname "${coordinator}")")" "$1" "${prefix%-1}" "$1"
}

catalog_line() {
    printf '%s\t%s\tp\tp\tn\tu\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${tool_host}" "${tool_host}" "$4"
}

# Writes the catalog for the coordinator and the segments with the given content ids. Ports and directories
# are those of this start, so that a scratch folder may be copied and started elsewhere.
write_catalog() {
    local content file
    file="$(catalog_file)"
    {
        catalog_line 1 -1 "${STANDIN_PORT_BASE}" "${coordinator}"
        for content in "$@"; do
            catalog_line $((content + 2)) "${content}" "$(segment_port "${content}")" "$(segment_directory "${content}")"
        done
    } > "${file}.new"
    mv "${file}.new" "${file}"
}

# The same rows, with the ports and directories of this start.
relocate_catalog() {
    local file dbid content role preferred mode status port host address directory
    file="$(catalog_file)"
    while IFS=$'\t' read -r dbid content role preferred mode status port host address directory; do
        if [ "${role}" = p ]; then
            port="$(segment_port "${content}")"
            if [ "${content}" = -1 ]; then directory="${coordinator}"; else directory="$(segment_directory "${content}")"; fi
        fi
        printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
            "${dbid}" "${content}" "${role}" "${preferred}" "${mode}" "${status}" "${port}" "${host}" "${address}" "${directory}"
    done < "${file}" > "${file}.new"
    mv "${file}.new" "${file}"
}

segment_contents() {
    if [ -f "$(catalog_file)" ]; then awk -F '\t' '$2 >= 0 { print $2 }' "$(catalog_file)"; fi
}

# --- one server -------------------------------------------------------------------------------------------

# Starts a server and waits until it accepts sessions. Its stdout stays open on purpose (fd 9): a daemon of the
# real image keeps the script's pipe too, so that `close` comes long after `exit` (trap 16).
start_server() {
    pg_ctl start -D "$1" -s -w -t 60 -l "$1/pg_log/startup.log" -o "$(server_options "$2")" 9>&1 < /dev/null
}

# Starts what stands before the coordinator's socket (lib/front.ts) and leaves it waiting for the server. It ends
# with the last process that has fd 8 from here: the server's, which get it from pg_ctl.
start_front() {
    local pipe="${STANDIN_STATE_DIR}/front.pipe"
    rm -f "${STANDIN_STATE_DIR}/front.waits" "${STANDIN_STATE_DIR}/front.stands" "${pipe}"
    mkfifo "${pipe}"
    # Not a job of this shell, which waits for its jobs.
    ("${STANDIN_NODE}" "${GPHOME}/lib/front.ts" "${STANDIN_SOCKET_DIR}" "${STANDIN_PORT_BASE}" "${STANDIN_STATE_DIR}" \
        < "${pipe}" > "${STANDIN_STATE_DIR}/front.log" 2>&1 &)
    exec 8> "${pipe}"
    rm -f "${pipe}"
}

# Waits for a note of the front: it `waits` for the server, it `stands` before it.
await_front() {
    local try
    for try in $(seq 1 400); do
        if [ -f "${STANDIN_STATE_DIR}/front.$1" ]; then return 0; fi
        sleep 0.025
    done
    cat "${STANDIN_STATE_DIR}/front.log" >&2 || true
    say CRITICAL "nothing $1 before the socket (after ${try} looks)"
    return 1
}

server_options() {
    printf "%s" "-p $1 -k '${STANDIN_SOCKET_DIR}' -c listen_addresses='${STANDIN_LISTEN_ADDRESSES}'"
    if [ "${STANDIN_PXF_READS:-0}" = 1 ]; then printf "%s" " -c standin.pxf_reads=on"; fi
}

# Greenplum's utility mode refuses ordinary sessions with SQLSTATE 57P03. PostgreSQL says the same while it
# starts up, so this server is kept there: recovery.signal makes it look for a timeline first, through the
# restore_command of postgresql.conf, which waits as long as the server lives. Nothing is recovered, and
# pg_control stays as it was.
start_utility_server() {
    local try
    touch "$1/recovery.signal"
    pg_ctl start -D "$1" -s -W -l "$1/pg_log/startup.log" -o "$(server_options "$2")" < /dev/null
    for try in $(seq 1 200); do
        if [ -f "$1/postmaster.pid" ] && [ "$(wc -l < "$1/postmaster.pid")" -ge 7 ]; then return 0; fi
        sleep 0.05
    done
    say CRITICAL "Failed to start ${1} in admin mode (after ${try} looks)"
    return 1
}

is_utility_server() { [ -f "$1/recovery.signal" ]; }

# A zombie is dead, although kill(pid, 0) and pg_ctl say otherwise (trap 9); how long one stays is the init
# process's affair and must not decide what this stand-in does.
is_running() {
    local pid
    pid="$(head -n 1 "$1/postmaster.pid" 2> /dev/null)" || return 1
    if [ -z "${pid}" ] || ! kill -0 "${pid}" 2> /dev/null; then return 1; fi
    ! grep -q ') Z ' "/proc/${pid}/stat" 2> /dev/null
}

# Stops a server. A utility server is always ended at once: it has nothing to write, and a fast stop would
# leave "shut down in recovery" in pg_control.
stop_server() {
    local directory="$1" mode="$2" seconds="$3"
    if is_utility_server "${directory}"; then mode=immediate; fi
    if is_running "${directory}"; then
        pg_ctl stop -D "${directory}" -s -w -m "${mode}" -t "${seconds}" || ! is_running "${directory}" || return 1
    fi
    rm -f "${directory}/recovery.signal"
}

# True while something answers on the port; a stale pid file proves nothing.
port_is_active() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
