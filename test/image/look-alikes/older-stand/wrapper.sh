#!/usr/bin/env bash
# What such a wrapper left on a volume, and how: files of PXF that are copied where none are, a rule in pg_hba.conf that
# is put in beside the running start (its first one is lost), the extension, and then the base image's own script.
set -euo pipefail

user="${GREENPLUM_USER:-gpadmin}"
database="${GREENPLUM_DATABASE_NAME:-gp_dwh}"
base="${GREENPLUM_DATA_DIRECTORY:-/data}/pxf"
programs=/usr/local/greenplum-db/bin
export PGPASSWORD="${PGPASSWORD:-${GREENPLUM_PASSWORD}}"

put() { [ -f "$2/${1##*/}" ] || cp "$1" "$2/"; }

copy_seeds() {
    local name
    mkdir -p "${base}"/{conf,lib,logs,run,servers/bookings-db}
    put /opt/pxf-seed/postgresql-jdbc.jar "${base}/lib"
    put /opt/pxf-seed/jdbc-site.xml "${base}/servers/bookings-db"
    for name in pxf-application.properties pxf-env.sh pxf-log4j2.xml pxf-profiles.xml; do
        put "/usr/local/pxf/conf/${name}" "${base}/conf"
    done
    grep -q '^export PXF_JVM_OPTS=' "${base}/conf/pxf-env.sh" \
        || echo 'export PXF_JVM_OPTS="-Xmx512m -Xms256m"' >> "${base}/conf/pxf-env.sh"
}

add_rule() {
    local file try
    for try in $(seq 60); do
        file="$(ls "${GREENPLUM_DATA_DIRECTORY:-/data}"/master/*/pg_hba.conf 2> /dev/null)" && break
        sleep 2
    done
    grep -q "^host all ${user} samehost trust" "${file}" && return
    awk -v rule="host all ${user} samehost trust" '
        !done && /^host all all 0\.0\.0\.0\/0 md5/ { print rule; done = 1 }
        { print }
        END { if (!done) print rule }
    ' "${file}" > "${file}.tmp" && mv "${file}.tmp" "${file}"
}

create_extension() {
    local try
    for try in $(seq 60); do
        "${programs}/psql" -h 127.0.0.1 -U "${user}" -d "${database}" -c 'CREATE EXTENSION IF NOT EXISTS pxf' \
            > /dev/null 2>&1 && return
        sleep 2
    done
}

copy_seeds
add_rule &
create_extension &
exec /start_gpdb.sh
