"""What the DAGs of the demo environment share. The connections come from variables AIRFLOW_CONN_…, see docker-compose.yml."""

from datetime import timedelta

GREENPLUM = "greenplum_conn"
SOURCE = "bookings_db"

# A task whose session ends with Greenplum ("server closed the connection unexpectedly") fails, and so does one that
# finds Greenplum starting ("the database system is starting up", "Connection refused"). A later start takes seconds,
# and PXF some more; a minute of tries bridges it. Every task here is one transaction, so it may be run again.
BRIDGE_A_RESTART = {"retries": 6, "retry_delay": timedelta(seconds=10)}
