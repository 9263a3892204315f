# Sets $compose and $docker: which Compose is used, and the docker command of the same engine. Read by the scripts here.
# shellcheck shell=sh
compose=${COMPOSE:-docker compose}
# With any options in between: docker --context other compose
case $compose in
  *' compose'*) docker=${compose%% compose*} ;;
  # shellcheck disable=SC2034
  *) docker=docker ;;
esac
