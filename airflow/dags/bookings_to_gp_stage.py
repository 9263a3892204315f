"""Loads the demo database into the staging layer, after one more day has passed in it, and checks what came.

Run bookings_stg_ddl once before. Reference tables and flights, whose rows change, are loaded as a whole; of the others
come the rows that are not there yet.
"""

from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator
from airflow.sdk import DAG

from bookings import BRIDGE_A_RESTART, GREENPLUM, SOURCE

# Table, its key, whether only new rows are loaded.
TABLES = [
    ("airplanes", "airplane_code", False),
    ("airports", "airport_code", False),
    ("seats", "airplane_code, seat_no", False),
    ("routes", "route_no, validity", False),
    ("flights", "flight_id", False),
    ("bookings", "book_ref", True),
    ("tickets", "ticket_no", True),
    ("segments", "ticket_no, flight_id", True),
    ("boarding_passes", "ticket_no, flight_id", True),
]

with DAG(
    dag_id="bookings_to_gp_stage",
    description="bookings-db into staging, a day at a time, with checks",
    schedule=None,
    # Two runs would count what the other one loads.
    max_active_runs=1,
    default_args=BRIDGE_A_RESTART,
    tags=["bookings", "load"],
):
    next_day = SQLExecuteQueryOperator(
        task_id="next_day",
        conn_id=SOURCE,
        sql="CALL gen.continue(bookings.now() + interval '1 day')",
    )
    check_references = SQLCheckOperator(
        task_id="check_references", conn_id=GREENPLUM, sql="sql/check_references.sql"
    )
    for table, key, only_new in TABLES:
        params = {"table": table, "key": key, "only_new": only_new}
        load = SQLExecuteQueryOperator(
            task_id=f"load_{table}",
            conn_id=GREENPLUM,
            sql="sql/load.sql",
            # One by one, in one transaction: with a parameter, a message to the server may have one statement.
            split_statements=True,
            params=params,
            parameters={"run": "{{ run_id }}"},
        )
        check = SQLCheckOperator(
            task_id=f"check_{table}", conn_id=GREENPLUM, sql="sql/check.sql", params=params
        )
        next_day >> load >> check >> check_references
