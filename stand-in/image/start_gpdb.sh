#!/usr/bin/env bash
# Stands in for the base image's start script: first start on an empty data directory, later start on a full
# one, then follows the log until INT or TERM. Its traps are kept on purpose; the numbers are those of
# docs/base-image.md: 4 (a PXF failure ends the script), 5 (no trap for signals until the end), 6 (`kill %1`
# may fail inside the trap), 7 ("already initialised" means only that pg_hba.conf exists), 8 (a dead server
# goes unnoticed). Every wait is multiplied by STANDIN_TIME_SCALE.

set -Eeuo pipefail

data="${GREENPLUM_DATA_DIRECTORY:-/data}"
user="${GREENPLUM_USER:-gpadmin}"
database="${GREENPLUM_DATABASE_NAME:-}"
prefix="${GREENPLUM_SEG_PREFIX:-gpseg}"
pxf_enable="${GREENPLUM_PXF_ENABLE:-false}"
deployment="${GREENPLUM_DEPLOYMENT:-singlenode}"
coordinator="${data}/master/${prefix}-1"
config_file="${data}/gpinitsystem_config"
host_file="${data}/hostfile_gpinitsystem"
gp_custom_init_dir="/docker-entrypoint-initdb.d"

main() {
    # As the coordinator of several hosts it is alone: the servers of other hosts are rows of the catalog only.
    [[ "${deployment}" =~ ^(singlenode|master)$ ]] || die "Invalid deployment mode: ${deployment}"
    # shellcheck disable=SC1091
    source "${HOME}/.bashrc"
    # shellcheck source-path=SCRIPTDIR source=greenplum-db/lib/stand-in.bash
    source "${GPHOME}/lib/stand-in.bash"
    note_process start_gpdb "$$"
    read_password
    prepare_directories
    prepare_configuration
    exchange_keys
    if [ -f "${coordinator}/pg_hba.conf" ]; then
        first_start=false
        echo 'INFO - Start GPDB'
        gpstart -a
    else
        first_start=true
        start_for_the_first_time
    fi
    if [ "${pxf_enable}" = true ]; then start_pxf; fi
    follow_until_stopped
}

die() {
    echo "ERROR - $1"
    exit 1
}

read_password() {
    if [ -n "${GREENPLUM_PASSWORD:-}" ] && [ -n "${GREENPLUM_PASSWORD_FILE:-}" ]; then
        die 'Both GREENPLUM_PASSWORD and GREENPLUM_PASSWORD_FILE are set (but are exclusive)'
    fi
    if [ -n "${GREENPLUM_PASSWORD_FILE:-}" ]; then GREENPLUM_PASSWORD="$(< "${GREENPLUM_PASSWORD_FILE}")"; fi
    unset GREENPLUM_PASSWORD_FILE
    [ -n "${GREENPLUM_PASSWORD:-}" ] || die 'GREENPLUM_PASSWORD variable is not set!'
    export GREENPLUM_PASSWORD
}

# gpstop needs the variable, and .bashrc gets it only now: one line more at each start.
prepare_directories() {
    local directory
    echo "export MASTER_DATA_DIRECTORY=${coordinator}" >> "${HOME}/.bashrc"
    # shellcheck disable=SC1091
    source "${HOME}/.bashrc"
    for directory in "${data}/master" "${data}/00/primary" "${data}/01/primary"; do
        if [ ! -d "${directory}" ]; then
            echo "INFO - Creating directory: ${directory}"
            mkdir -p "${directory}"
        fi
    done
}

# Both files keep the host name of the first start.
prepare_configuration() {
    if [ ! -f "${config_file}" ]; then
        {
            echo 'ARRAY_NAME="Stand-in of Greenplum"'
            echo "DATABASE_NAME=${database}"
            echo "SEG_PREFIX=${prefix}"
            echo "MASTER_HOSTNAME=${tool_host}"
            echo "MASTER_DIRECTORY='${data}/master'"
            echo "MASTER_PORT=${STANDIN_PORT_BASE}"
            echo "MACHINE_LIST_FILE='${host_file}'"
            echo "declare -a DATA_DIRECTORY=('${data}/00/primary' '${data}/01/primary')"
        } > "${config_file}"
    fi
    if [ ! -f "${host_file}" ]; then echo "${tool_host}" > "${host_file}"; fi
}

# There is no ssh here; what it says of its work on the way is told all the same, blank lines included.
exchange_keys() {
    pause 0.4
    echo '[STEP 1 of 5] create local ID and authorize on local host'
    echo "  ... ${HOME}/.ssh/id_rsa file exists ... key generation skipped"
    echo
    echo '[STEP 5 of 5] copy authentication files to all remote hosts'
    echo
    echo '[INFO] completed successfully'
}

start_for_the_first_time() {
    echo 'INFO - Initialize GPDB'
    gpinitsystem -e "${GREENPLUM_PASSWORD}" -ac "${config_file}" --ignore-warnings
    echo 'INFO - Configure pg_hba.conf'
    {
        echo 'host all all 0.0.0.0/0 md5'
        echo 'host all all ::0/0 md5'
    } >> "${coordinator}/pg_hba.conf"
    echo 'INFO - Restart GPDB'
    gpstop -ar
    pause 10
}

start_pxf() {
    if [ ! -f "${PXF_BASE}/conf/pxf-env.sh" ]; then
        echo 'INFO - Enable PXF'
        pxf cluster prepare
        pxf cluster register
        echo "INFO - psql ${database} -t -c \"CREATE EXTENSION IF NOT EXISTS pxf;\" | xargs"
        run_psql -t -c 'CREATE EXTENSION IF NOT EXISTS pxf;' | xargs
        echo 'INFO - configure JVM options for PXF'
        echo 'PXF_JVM_OPTS="-Xmx512m -Xms256m"' >> "${PXF_BASE}/conf/pxf-env.sh"
        pxf cluster sync
    fi
    echo 'INFO - pxf cluster start'
    pxf cluster start
    pause 10
}

run_psql() {
    psql -h "${PGHOST:-${STANDIN_SOCKET_DIR}}" -p "${STANDIN_PORT_BASE}" -U "${user}" -d "${database}" "$@"
}

follow_until_stopped() {
    local tick
    tick="$(LC_ALL=C awk -v scale="${STANDIN_TIME_SCALE}" 'BEGIN { printf "%.2f", (scale > 0.2 ? scale : 0.2) }')"
    stopped=''
    trap stop_everything INT TERM
    # The real script's way, but for the shape of the records.
    # shellcheck disable=SC2012
    tail -f "$(ls "${coordinator}"/pg_log/gpdb-* | tail -n 1)" \
        > >(exec "${STANDIN_NODE}" "${GPHOME}/lib/gp-csv-log.ts") &
    note_process tail "$!"
    if [ -n "${STANDIN_FLOOD_BYTES:-}" ]; then
        flood &
        flood_pid="$!"
    fi
    if ${first_start}; then
        echo 'INFO - Execute custom init scripts'
        run_custom_init_scripts
    fi
    while [ -z "${stopped}" ]; do sleep "${tick}"; done
}

# As in the real trap, each step's failure keeps the next from running (4, 6), and a failing gpstop leaves the
# loop turning for ever.
stop_everything() {
    if [ -n "${flood_pid:-}" ]; then kill "${flood_pid}" 2> /dev/null || true; fi
    kill %1
    if [ "${pxf_enable}" = true ] && [ -f "${PXF_BASE}/conf/pxf-env.sh" ]; then
        echo 'INFO - Stop PXF cluster'
        pxf cluster stop
    fi
    if gpstop -a -M fast; then stopped=1; fi
}

# Numbered lines of 100 bytes, then one that says how many there were. Others write to the same pipe, so they go
# out forty at a time: whole lines below PIPE_BUF, which the kernel never mixes.
flood() {
    LC_ALL=C awk -v bytes="${STANDIN_FLOOD_BYTES}" 'BEGIN {
        padding = sprintf("%80s", ""); gsub(/ /, "x", padding)
        count = int(bytes / 100)
        for (number = 1; number <= count; number++) {
            printf "flood %012d %s\n", number, padding
            if (number % 40 == 0) fflush()
        }
        printf "flood end %d\n", count
    }'
}

run_custom_init_scripts() {
    local directory="${gp_custom_init_dir}" script
    if [ ! -d "${directory}" ] || [ -z "$(ls -A "${directory}")" ]; then return 0; fi
    echo 'INFO - Executing custom initialization scripts'
    for script in "${directory}"/*; do
        case "${script}" in
            *.sh)
                if [ -x "${script}" ]; then
                    echo "INFO - Executing shell script: ${script}"
                    "${script}"
                else
                    echo "INFO - Sourcing shell script: ${script}"
                    # shellcheck disable=SC1090
                    source "${script}"
                fi
                ;;
            *.sql)
                echo "INFO - Executing SQL script: ${script}"
                run_psql -v ON_ERROR_STOP=1 --no-psqlrc -f "${script}"
                ;;
            *) echo "INFO - Ignoring: ${script}" ;;
        esac
    done
    echo 'INFO - Finished executing custom initialization scripts'
}

main "$@"
