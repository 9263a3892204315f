#!/bin/sh
# Reports which names in .env have no effect, because no compose file uses them. It does so on standard error, because
# the output of `make doctor` may be read by a program. Exit code 1: a value that Compose cannot take.
set -u

compose=${COMPOSE:-docker compose}

# Compose reads .env, or the files that this variable names.
IFS=,
set -f
# shellcheck disable=SC2086
set -- ${COMPOSE_ENV_FILES:-.env}
unset IFS
for file; do
  shift
  [ ! -f "$file" ] || set -- "$@" "$file"
done

# The model covers all compose files. If Compose cannot read one of them, it will report that itself a moment later.
{ $compose config --no-interpolate 2>/dev/null || cat docker-compose.yml; } |
  awk -f stand/check-env.awk part=compose - part=env "$@" >&2
