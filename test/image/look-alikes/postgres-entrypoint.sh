#!/usr/bin/env bash
# As much of the official image's entrypoint as the stand uses: the first start makes user, password and database,
# and runs the scripts on a server that only the socket reaches.
set -Eeuo pipefail

if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "${PGDATA}" /run/postgresql
    chown -R postgres:postgres "${PGDATA}" /run/postgresql
    chmod 700 "${PGDATA}"
    exec gosu postgres "$0" "$@"
fi
if [ ! -s "${PGDATA}/PG_VERSION" ]; then
    initdb -D "${PGDATA}" -U "${POSTGRES_USER}" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD}") \
        --encoding=UTF8 --locale=C --auth=trust > /dev/null
    echo 'host all all all scram-sha-256' >> "${PGDATA}/pg_hba.conf"
    echo "listen_addresses = '*'" >> "${PGDATA}/postgresql.conf"
    pg_ctl -D "${PGDATA}" -s -w start -o "-c listen_addresses=''"
    [ "${POSTGRES_DB}" = postgres ] || createdb -U "${POSTGRES_USER}" "${POSTGRES_DB}"
    for file in /docker-entrypoint-initdb.d/*.sh; do
        [ ! -e "${file}" ] || "${file}"
    done
    for file in /docker-entrypoint-initdb.d/*.sql; do
        [ ! -e "${file}" ] || psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER}" -d "${POSTGRES_DB}" -f "${file}"
    done
    pg_ctl -D "${PGDATA}" -s -w -m fast stop
fi
exec "$@"
