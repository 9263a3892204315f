# The commands of the project and of the demo environment ("the stand"). `make` alone lists them.
# demo, test and check need nothing but Node.js 18 or later with npm; the commands of the demo environment need Docker.

COMPOSE ?= docker compose
export COMPOSE

.DEFAULT_GOAL := help
.PHONY: help demo test check build up stop down logs status doctor gp-psql ddl-gp bookings-psql bookings-init \
	bookings-generate-day airflow-up airflow-dag cluster-up cluster-status cluster-stop cluster-down \
	monitoring-up e2e clean purge

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile

# --- the project ----------------------------------------------------------------------------------------------------

# npm writes this file at the end of an installation. Where the lock file has changed since, this one is older.
installed := node_modules/.package-lock.json

$(installed): package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 18 or later first' >&2; exit 1; }
	npm ci --no-audit --no-fund
	@touch $@

demo: $(installed) ## run the supervisor over a stand-in of Greenplum, without Docker; Ctrl-C stops it
	npm run demo -- $(ARGS)

test: $(installed) ## every check and test of the project, without Docker
	npm test

check: $(installed) ## format, lint, types and unit tests
	npm run check

# --- the demo environment ("the stand"): Greenplum with PXF, and bookings-db -----------------------------------------

build: ## build the image of Greenplum with the supervisor
	$(COMPOSE) build

up: ## start the demo environment ("the stand") and show what it waits for, until it is ready
	@sh stand/up.sh

airflow-up: up ## the same with Airflow, which loads the demo data into Greenplum (docs/how-to/load-with-airflow.md)
	$(COMPOSE) --profile airflow up -d --wait airflow-db airflow
	@echo "Airflow: http://$$($(COMPOSE) port airflow 8080) (user admin)"

monitoring-up: up ## the same with Prometheus and Grafana: dashboard and alerts (docs/how-to/monitor.md)
	$(COMPOSE) --profile monitoring up -d --wait prometheus grafana
	@echo "Grafana: http://$$($(COMPOSE) port grafana 3000)   Prometheus: http://$$($(COMPOSE) port prometheus 9090)"

# Run by itself, without the scheduler.
airflow-dag: ## run a DAG in Airflow to its end: make airflow-dag DAG=bookings_to_gp_stage
	@[ -n '$(DAG)' ] || { echo 'Which one? make airflow-dag DAG=bookings_stg_ddl' >&2; exit 1; }
	@$(COMPOSE) exec -T airflow airflow dags test '$(DAG)'

# What was started with a profile is part of everything.
all = --profile '*'

stop: ## shut everything down cleanly; the containers and all data stay
	$(COMPOSE) $(all) stop

down: ## stop everything and remove the containers; all data stays
	$(COMPOSE) $(all) down

logs: ## follow the log of Greenplum and the supervisor
	$(COMPOSE) logs -f greenplum

# A terminal is allocated only where both sides are one, so that pipes work: echo 'SELECT 1' | make gp-psql
exec = tty=; [ -t 0 ] && [ -t 1 ] || tty=-T; $(COMPOSE) exec $$tty

# psql as Greenplum's administrator, in the environment of its .bashrc, over the socket, which needs no password.
# gosu rather than su, because su takes the terminal over and Ctrl-C would not reach psql; neither where the container
# runs as the administrator already (compose.hardened.yml).
gp_db = '$(GP_DB)'
gp_psql = -e GP_DB=$(gp_db) greenplum bash -c '[ "$$(id -u)" != 0 ] || as="gosu $$GREENPLUM_USER"; exec $$as bash -c '\'' \
	source ~/.bashrc && exec psql -d "$${GP_DB:-$$GREENPLUM_DATABASE_NAME}" "$$@"'\'' psql "$$@"' psql

status: ## phase and components, and how long each stage of the start took
	@$(exec) greenplum gp-supervisor status

doctor: ## what is wrong, running or stopped, with cause and fix
	@sh stand/doctor.sh $(ARGS)

gp-psql: ## SQL in Greenplum; ARGS='-c "SELECT 1"' for options, GP_DB=name for another database
	@$(exec) $(gp_psql) $(ARGS)

# Reads the comments at the top of a file, such as -- gp-supervisor: database NAME, or search path NAME, ...
define sql_directive
{ sub(/\r$$/, ""); sub(/^[ \t]+/, "") }
/^$$/ { next }
!/^--/ { exit }
{ text = tolower($$0) }
sub(/^--[ \t]*gp-supervisor[ \t]*:[ \t]*/, "", text) && index(text, key " ") == 1 {
  print substr($$0, length($$0) - length(text) + length(key) + 2); exit
}
endef
export sql_directive

# Names and literals are read as the supervisor reads them, because this is a session of the administrator as well. Who
# owns what a file uses is not checked here.
ddl-gp: gp_db = "$${database:-$(GP_DB)}"
ddl-gp: ## recreate the external tables by hand; each start does it too (files in seed/sql/)
	@for file in seed/sql/*.sql; do \
	  database=$$(awk -v key=database "$$sql_directive" "$$file"); \
	  path=$$(awk -v key='search path' "$$sql_directive" "$$file" | tr -d ' '); \
	  echo "$$file$${database:+ (database $$database)}"; \
	  options="-c search_path=$${path:-pg_catalog} -c role=none -c standard_conforming_strings=on"; \
	  $(COMPOSE) exec -T -e PGOPTIONS="$$options" $(gp_psql) \
	    -X -q -v ON_ERROR_STOP=1 -1 -f - < "$$file" || exit; \
	done

# A container that an older compose file made has the name in POSTGRES_DB.
bookings_psql = bookings-db sh -c 'exec psql -U "$$POSTGRES_USER" -d "$${BOOKINGS_DB_NAME:-$$POSTGRES_DB}" "$$@"' psql

bookings-psql: ## SQL in bookings-db, the source; ARGS as for gp-psql
	@$(exec) $(bookings_psql) $(ARGS)

bookings-init: ## recreate the demo data in bookings-db, as on its first start
	@$(COMPOSE) exec -T bookings-db sh /docker-entrypoint-initdb.d/demo-database.sh
	@echo 'The demo data is as on the first start.'

DAYS ?= 1
bookings-generate-day: ## let a day pass in the demo data: new bookings, flights that leave and land; DAYS=7 for a week
	@echo "CALL gen.continue(bookings.now() + :'days' * interval '1 day');" \
	  | $(COMPOSE) exec -T $(bookings_psql) -X -q -v ON_ERROR_STOP=1 -v days='$(DAYS)' -f - || { \
	    echo 'Schema "gen" is missing in the data of an older version: make bookings-init makes the data anew.' >&2; exit 1; }

# --- a cluster of several hosts (docs/how-to/run-several-hosts.md) -----------------------------------------------------

cluster = $(COMPOSE) -f docker-compose.cluster.yml

cluster-up: build ## a coordinator, its standby and two segment hosts; SEGMENTS=2 a host, MIRRORS=true, STANDBY=1
	$(cluster) up -d --wait --wait-timeout 900
	@$(cluster) port coordinator 5432

cluster-status: ## what the coordinator says of the cluster
	@$(cluster) ps
	@$(cluster) exec -T coordinator gp-supervisor status

cluster-stop: ## shut the cluster down cleanly; the containers and all data stay
	$(cluster) stop

cluster-down: ## stop the cluster and remove its containers; all data stays
	$(cluster) down

e2e: ## the whole story in a project of its own: build, start, DAGs, another address, kills, doctor, stop; ends with a table
	@sh stand/e2e.sh

# --- cleaning up ------------------------------------------------------------------------------------------------------

clean: ## remove what building and installing made here; no container and no data
	rm -rf dist node_modules

purge: ## remove the containers AND ALL DATA of the demo environment (CONFIRM=yes)
	@[ '$(CONFIRM)' = yes ] || { echo 'This deletes both databases for good: make purge CONFIRM=yes' >&2; exit 1; }
	$(COMPOSE) $(all) down --volumes
