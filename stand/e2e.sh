#!/bin/sh
# `make e2e`: the whole story in one command, in a Compose project of its own with ports of its own, so that a demo
# environment that is running is not touched. Builds, starts, loads with Airflow, changes the address, kills, asks
# doctor, stops, and removes everything. It ends with a table; after a step that fails, the rest is left out.
#
# E2E_BUILD=no takes the image as it is. E2E_KEEP=yes leaves the containers and volumes of a failed run for a look.
#
# Exit codes: 0 every step passed; 1 one did not.
set -u

. stand/compose.sh
COMPOSE_PROJECT_NAME=${E2E_PROJECT:-gp-supervisor-e2e}
GP_HOST_PORT=0 GP_STATUS_PORT=0 BOOKINGS_DB_PORT=0 AIRFLOW_PORT=0
export COMPOSE_PROJECT_NAME GP_HOST_PORT GP_STATUS_PORT BOOKINGS_DB_PORT AIRFLOW_PORT
table=$(mktemp)
failed=

main() {
  trap 'rm -f "$table"' EXIT
  trap 'failed=yes; finish; exit 1' INT TERM
  [ "${E2E_BUILD:-yes}" = no ] || step 'the image is built' make -s build
  step 'first start, until ready' make -s up
  step 'data of the source is read' rows_are ext_bookings_bookings 5000
  step 'Airflow starts' make -s airflow-up
  step 'a DAG creates the tables' make -s airflow-dag DAG=bookings_stg_ddl
  step 'a DAG lets a day pass, and loads it' make -s airflow-dag DAG=bookings_to_gp_stage
  step 'stop' stop_cleanly
  step 'start under another address' start_elsewhere
  step 'a DAG loads another day' make -s airflow-dag DAG=bookings_to_gp_stage
  step 'the database is killed, and comes back' kill_database
  step 'the container is killed, and started again' kill_container
  step 'nothing is lost' rows_are stg.bookings 5168
  step 'doctor finds no error' make -s doctor
  step 'stop, proven clean' stop_cleanly
  finish
  [ -z "$failed" ]
}

# step NAME COMMAND...
step() {
  name=$1
  shift
  if [ -n "$failed" ]; then
    printf '%s\tleft out\t\n' "$name" >> "$table"
    return
  fi
  printf '\n=== %s\n' "$name"
  began=$(date +%s)
  if "$@"; then result=passed; else result=FAILED failed=yes; fi
  printf '%s\t%s\t%s\n' "$name" "$result" $(($(date +%s) - began)) >> "$table"
}

finish() {
  trap '' INT TERM
  if [ -z "$failed" ] || [ "${E2E_KEEP:-no}" != yes ]; then
    # After the last step everything is stopped already.
    $compose --profile '*' down --volumes --timeout 30 > /dev/null 2>&1
  else
    printf '\nLeft for a look: project %s. Remove it with: %s -p %s down --volumes\n' \
      "$COMPOSE_PROJECT_NAME" "$compose --profile '*'" "$COMPOSE_PROJECT_NAME"
  fi
  echo
  awk -F '\t' 'BEGIN { printf "%-45s %-8s %7s\n", "step", "result", "seconds" }
    { printf "%-45s %-8s %7s\n", $1, $2, $3; sum[$2]++ }
    END { printf "\n%d passed, %d failed%s\n", sum["passed"], sum["FAILED"], sum["left out"] ? ", " sum["left out"] " left out" : "" }' "$table"
}

rows_are() {
  found=$(make -s gp-psql ARGS="-XqAtc 'SELECT count(*) FROM $1'" | tr -d '\r')
  echo "$1: $found rows"
  [ "$found" = "$2" ]
}

container() { $compose ps -aq greenplum; }
address() { $docker inspect -f '{{ range .NetworkSettings.Networks }}{{ .IPAddress }}{{ end }}' "$(container)"; }

# A container that is stopped has no address.
stop_cleanly() {
  before=$(address)
  make -s stop || return
  code=$($docker inspect -f '{{ .State.ExitCode }}' "$(container)")
  echo "greenplum ended with exit code $code"
  [ "$code" = 0 ]
}

# Containers without a task take the addresses that have become free.
start_elsewhere() {
  takers=
  for _ in 1 2 3 4; do
    takers="$takers $($docker run -d --network "${COMPOSE_PROJECT_NAME}_default" --entrypoint sleep postgres:16 600)" || return
  done
  make -s airflow-up
  code=$?
  # shellcheck disable=SC2086
  $docker rm -f $takers > /dev/null
  echo "address: $before, now $(address)"
  [ "$code" = 0 ] && [ "$before" != "$(address)" ]
}

kill_database() {
  $compose exec -T greenplum bash -c 'kill -9 "$(head -n 1 /data/master/gpseg-1/postmaster.pid)"' || return
  until_restarted
}

kill_container() {
  $docker kill "$(container)" > /dev/null || return
  make -s up
}

until_restarted() {
  for _ in $(seq 1 60); do
    [ "$($docker inspect -f '{{ .RestartCount }}' "$(container)")" -gt 0 ] && { make -s up; return; }
    sleep 1
  done
  echo 'Docker has not restarted the container' >&2
  return 1
}

main
