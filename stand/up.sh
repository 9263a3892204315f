#!/bin/sh
# `make up`: starts the demo environment ("the stand"), shows what it waits for, and returns when everything is ready
# or when something never will be.
#
# It prints a line whenever something changes, so that the output reads alike in a terminal and in the log of a
# pipeline. The reasons are the supervisor's own; gp-healthcheck is asked about once a second.
#
# Exit codes: 0 ready; 1 not ready, with the containers left as they are; Compose's own where it could not start them.
set -u

. stand/compose.sh
# A first start on a slow machine takes minutes.
longest=${UP_TIMEOUT:-600}
# The image's entrypoint comes before the supervisor. It needs a few seconds, more on a large volume.
patience=30
newline='
'

main() {
  sh stand/check-env.sh || exit 1
  $compose up -d || {
    code=$?
    printf '\nThe stand cannot be started. docs/stand.md lists the known errors.\n' >&2
    exit "$code"
  }
  began=$(date +%s)
  greenplum=$($compose ps -aq greenplum) && bookings=$($compose ps -aq bookings-db) || exit
  answered=no said=
  # A container that has run for days may have been started again before.
  restarts_before=$($docker inspect --format '{{ .RestartCount }}' "$greenplum" "$bookings")
  until is_ready; do
    [ "$(elapsed)" -lt "$longest" ] || give_up "$longest s have passed. UP_TIMEOUT=SECONDS make up waits longer."
    sleep 1
  done
  printf '\nReady after %s s. Greenplum: %s   bookings-db: %s\n' "$(elapsed)" \
    "$($compose port greenplum 5432)" "$($compose port bookings-db 5432)"
  # What is published beside SQL is the supervisor's page.
  page=$($docker port "$greenplum" | sed -n '/^5432/!s/.* -> //p' | head -n 1)
  [ -z "$page" ] || echo "Page: http://$page/ (state, reasons, the start as a chart)"
  echo 'Next: make gp-psql (SQL; the external tables are there), make status.'
}

elapsed() { echo $(($(date +%s) - began)); }
report() { printf '%4s s  %s\n' "$(elapsed)" "$1"; }

# Looks once and reports what has changed. Ends the script where nothing is left to wait for.
is_ready() {
  check_runs greenplum "$greenplum"
  check_runs bookings-db "$bookings"
  ask
  ask_source
  report_changes
  if [ -n "$lost" ]; then
    show_log bookings-db "$bookings"
    give_up 'bookings-db does not have its data; make bookings-init recreates it.'
  fi
  [ -z "$failed" ] || give_up 'what failed for good stays so until the next start.'
  [ "$ready$source" = yeshealthy ]
}

# The supervisor's phase and reasons, a line each. Their times are left out: the lines get their own.
ask() {
  ready=no failed= answer=
  if text=$($docker exec "$greenplum" gp-healthcheck --timeout 3 2>&1); then
    ready=yes answered=yes
    return
  fi
  case $text in
    'not ready ('*)
      answered=yes
      failed=$(printf '%s\n' "$text" | grep '^[a-z]*: failed for good since ')
      # A reason of several lines is indented below its first.
      answer=$(printf '%s\n' "$text" | sed -e 's/^not ready (\(.*\))$/phase: \1/' -e t \
        -e 's/^\([a-z]*: [a-z ]*\) since [-0-9T:.]*Z: /\1: /' -e t -e 's/^/  /')
      ;;
    *)
      answer='supervisor: no answer yet'
      if [ "$answered" = no ] && [ "$(elapsed)" -ge "$patience" ]; then
        report "$text"
        show_log greenplum "$greenplum"
        answered=shown
      fi
      ;;
  esac
}

# The health of bookings-db, and whether it can still become healthy. Its port opens once all data is there, so what
# its probe does not find by then never comes. A verdict counts after one interval of the probes, which is 10 s.
ask_source() {
  probe=$($docker inspect "$bookings" --format \
    '{{ $said := "" }}{{ with .State.Health }}{{ .Status }}{{ range .Log }}{{ $said = .Output }}{{ end }}{{ else }}healthy{{ end }} {{ $said }}')
  source=${probe%%[!a-z]*} lost=
  [ "$source" = healthy ] || answer="$answer${answer:+$newline}bookings-db: $source"
  [ "$(elapsed)" -lt 15 ] || case $probe in unhealthy* | starting*'does not exist'*) lost=yes ;; esac
}

# Prints what is new. A part that is no longer named is ready, if it was the supervisor that answered.
report_changes() {
  case $answer in
    supervisor:*) ;;
    *)
      printf '%s\n' "$said" | while IFS= read -r line; do
        case $newline$answer in *"$newline${line%%:*}:"*) continue ;; esac
        case $line in supervisor:*) ;; [a-z]*) report "${line%%:*}: ready" ;; esac
      done
      ;;
  esac
  [ -z "$answer" ] || printf '%s\n' "$answer" | while IFS= read -r line; do
    case $newline$said$newline in *"$newline$line$newline"*) ;; *) report "$line" ;; esac
  done
  said=$answer
}

# A container that has ended since the wait began is not waited for any longer, even if Docker has restarted it.
check_runs() {
  # shellcheck disable=SC2046
  set -- "$@" $($docker inspect --format '{{ .State.Status }} {{ .RestartCount }} {{ .State.ExitCode }}' "$2")
  [ $# -eq 5 ] || give_up "the container of $1 is gone."
  if [ "$1" = greenplum ]; then restarts=${restarts_before%%"$newline"*}; else restarts=${restarts_before##*"$newline"}; fi
  [ "$3" != running ] || [ "$4" -gt "$restarts" ] || return 0
  code=$5
  # If it was restarted already, its exit code is known from Docker's events alone.
  [ "$3" != running ] || code=$($docker events --since "$((began - 60))" --until "$(($(date +%s) + 1))" \
    --filter "container=$2" --filter event=die --format '{{ .Actor.Attributes.exitCode }}' | tail -n 1)
  said=
  show_log "$1" "$2"
  give_up "$1 ended with exit code $code$(meaning "$1" "$code")."
}

# The table is in docs/stand.md.
meaning() {
  case $1$2 in
    greenplum69) echo ': the database, or its start script, ended by itself' ;;
    greenplum70) echo ': an error inside the supervisor' ;;
    greenplum73) echo ': another container uses the same volume' ;;
    greenplum78) echo ': a setting or the volume cannot be used. Correct it (a setting in .env) and run make up again' ;;
    *137) echo ': it was killed, most often for lack of memory' ;;
  esac
}

show_log() {
  printf '\nThe log of %s ends with:\n\n' "$1"
  $docker logs --tail 30 "$2" 2>&1 | awk -f stand/readable-log.awk | sed 's/^/  /'
} >&2

give_up() {
  [ -z "$said" ] || printf '\nWhat is not ready:\n\n%s\n' "$(printf '%s\n' "$said" | sed 's/^/  /')"
  [ "$answered" != no ] || case $said in supervisor:*) show_log greenplum "$greenplum" ;; esac
  printf '\nThe stand is not ready: %s\n' "$1"
  echo 'It stays as it is. More: make doctor, make logs; docs/stand.md lists the known errors.'
  exit 1
} >&2

main
