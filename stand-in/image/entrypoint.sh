#!/usr/bin/env bash
# Stands in for the base image's entrypoint: as root it gives the folders to gpadmin, waits two seconds (the real
# one starts sshd meanwhile) and becomes the command as gpadmin. A read-only mount below the init scripts ends it
# in the chown, as it does there.
set -Eeuo pipefail

user="${GREENPLUM_USER:-gpadmin}"
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
chown -R "${user}:${user}" "/home/${user}" "${GREENPLUM_DATA_DIRECTORY:-/data}" /docker-entrypoint-initdb.d
sleep "$(LC_ALL=C awk -v scale="${STANDIN_TIME_SCALE:-1}" 'BEGIN { printf "%.3f", 2 * scale }')"
HOME="/home/${user}" exec setpriv --reuid "${user}" --regid "${user}" --init-groups "$@"
