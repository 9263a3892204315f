#!/usr/bin/env bash
# What the base image's entrypoint does as root: owners, host keys, sshd, a pause, and then the command as gpadmin.
set -Eeuo pipefail

user="${GREENPLUM_USER:-gpadmin}"
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi
chown -R "${user}:${user}" "/home/${user}" "${GREENPLUM_DATA_DIRECTORY:-/data}" /docker-entrypoint-initdb.d
ssh-keygen -A > /dev/null
mkdir -p /run/sshd
/usr/sbin/sshd
sleep "$(LC_ALL=C awk -v scale="${STANDIN_TIME_SCALE:-1}" 'BEGIN { printf "%.3f", 2 * scale }')"
exec gosu "${user}" "$@"
