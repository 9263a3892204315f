"""Creates the staging layer: external tables over the demo database, and the tables that they are loaded into.

Each can be run again. The external tables are the image's own (seed/sql/), which the supervisor creates as well.
"""

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import DAG

from bookings import BRIDGE_A_RESTART, GREENPLUM

with DAG(
    dag_id="bookings_stg_ddl",
    description="Staging: external tables over bookings-db, and tables in Greenplum",
    schedule=None,
    default_args=BRIDGE_A_RESTART,
    template_searchpath=["/opt/airflow/seed-sql"],
    tags=["bookings", "ddl"],
):
    external_tables = SQLExecuteQueryOperator(
        task_id="external_tables", conn_id=GREENPLUM, sql="20-stg_ext.sql"
    )
    tables = SQLExecuteQueryOperator(task_id="tables", conn_id=GREENPLUM, sql="sql/stg_tables.sql")
    external_tables >> tables
