#!/bin/sh
# `make doctor`: examines Greenplum in its container. Where that does not run, it examines the volume from a temporary
# container, without the image's entrypoint, which would change owners there. Arguments are passed to the doctor.
#
# Exit codes: 0 nothing wrong, or only warnings; 2 errors; anything else is the code of the command that failed.
set -u

. stand/compose.sh
# The doctor's 1 means warnings. It is turned into 0 inside the container, because Compose itself fails with 1.
doctor='gp-supervisor doctor "$@"; code=$?; [ $code -ne 1 ] || code=0; exit $code'

sh stand/check-env.sh || exit 1
code=none
if [ -n "$($compose ps -q --status running greenplum)" ]; then
  # A terminal only where there is one on both sides, so that pipes work.
  tty=
  [ -t 0 ] && [ -t 1 ] || tty=-T
  $compose exec $tty greenplum sh -c "$doctor" doctor "$@"
  code=$?
fi
# 1 and 137: the container ended meanwhile, as one does that is restarted again and again.
case $code in none | 1 | 137)
  $compose run --rm --no-deps --entrypoint sh greenplum -c "$doctor" doctor "$@"
  code=$?
  ;;
esac
[ "$code" -ne 2 ] || echo 'Errors were found; each is listed with its fix.' >&2
exit "$code"
