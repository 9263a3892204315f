#!/bin/sh
# Stands in for docker, date, sleep and, in the container, gp-supervisor, by the name under which it is called. It
# answers from files in $FAKE, and time goes on only when somebody sleeps, by $TICK seconds then. A file NAME.3 is the
# answer from second 3 on, until a later one.
set -u

seconds() { cat "$FAKE/seconds" 2> /dev/null || echo 0; }

latest() {
  second=$(seconds)
  while [ "$second" -gt 0 ] && [ ! -f "$FAKE/$1.$second" ]; do second=$((second - 1)); done
  cat "$FAKE/$1.$second"
}

# Status, restarts, exit code, health and its latest output of a container, of which the format asks for some.
inspect() {
  ids=
  while [ $# -gt 0 ]; do
    case $1 in --format) format=$2 && shift ;; *) ids="$ids $1" ;; esac
    shift
  done
  for id in $ids; do
    # shellcheck disable=SC2046
    set -- $(latest "$id")
    case $format in
      *.Status*.RestartCount*) echo "$1 $2 $3" ;;
      *.RestartCount*) echo "$2" ;;
      *) shift 3 && echo "$*" ;;
    esac
  done
}

case ${0##*/} in
  sleep) echo $(($(seconds) + ${TICK:-1})) > "$FAKE/seconds" ;;
  date) echo $((1000000 + $(seconds))) ;;
  gp-supervisor) printf 'in %s: gp-supervisor' "$PLACE" && printf ' <%s>' "$@" && echo && exit "${DOCTOR_CODE-0}" ;;
  docker)
    case "$1 ${2-}" in
      'compose config') cat "$FAKE/model" ;;
      'compose ps') [ "$3" != -aq ] && echo "${RUNNING-}" || echo "$4" ;;
      'compose exec' | 'compose run')
        export PLACE="$2"
        case ${COMPOSE_FAILS-} in *"$PLACE"*) exit 1 ;; esac
        while [ "$1" != greenplum ]; do shift; done
        shift
        # What `run` starts stands before the name of the service, as the entrypoint.
        [ "$PLACE" = exec ] || set -- sh "$@"
        "$@"
        ;;
      'compose up') cat "$FAKE/up" && exit "$(cat "$FAKE/up.code")" ;;
      'compose port') [ "$3" = greenplum ] && echo 127.0.0.1:5435 || echo 127.0.0.1:5434 ;;
      port*) printf '%s/tcp -> 127.0.0.1:%s\n' 5432 5435 ${NO_PAGE-8008 8008} ;;
      inspect*) shift && inspect "$@" ;;
      events*) cat "$FAKE/events" ;;
      logs*) cat "$FAKE/log" ;;
      exec*) latest answer && [ -z "$(latest answer)" ] ;;
      *) echo "no such command: $*" >&2 && exit 125 ;;
    esac
    ;;
esac
