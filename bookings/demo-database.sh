#!/bin/sh
# Creates the demo database with its data, or makes the data anew: run by the first start of bookings-db, and by
# `make bookings-init`. Everything happens in one transaction, but for the creation of the database.
#
# The server's own database, postgres, stays empty, so that the demo database can be dropped and replaced by a dump.
set -eu

folder=$(dirname "$0")/sql
# A container that an older compose file made does not have the first variable.
name=${BOOKINGS_DB_NAME:-$POSTGRES_DB}
run_psql() { psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" "$@"; }

run_psql -d postgres -v "name=$name" -f - <<'SQL'
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL

set --
for file in "$folder"/*.sql; do
  set -- "$@" -f "$file"
done
run_psql -d "$name" -1 "$@"
