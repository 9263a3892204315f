#!/bin/sh
# `make doctor`: looks at Greenplum in its container, or, where that does not run, at its volume from a throw-away one;
# without the image's entrypoint, which would change owners there. Arguments are the doctor's.
#
# Exit codes: 0 nothing wrong, or warnings alone; 2 errors; otherwise what failed.
set -u

compose=${COMPOSE:-docker compose}
# The doctor's 1 stands for warnings. It becomes 0 in the container, because 1 is Compose's own failure as well.
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
# 1 and 137: it ended under our hands, as a container does that is started again and again.
case $code in none | 1 | 137)
  $compose run --rm --no-deps --entrypoint sh greenplum -c "$doctor" doctor "$@"
  code=$?
  ;;
esac
[ "$code" -ne 2 ] || echo 'Errors were found; each is listed with its fix.' >&2
exit "$code"
