/** What a stand needs for Airflow to load into it. */
import { realBase } from './setup/base.ts'
import type { StandSettings } from './stand.ts'

/** The stand-in knows Greenplum's SQL over its socket and here, and reads the source where it is told to. */
const front = 15_432
export const overStandIn: StandSettings =
  realBase === undefined
    ? {
        greenplum: { environment: { STANDIN_PXF_READS: '1', STANDIN_FRONT_PORT: String(front) } },
        more: {
          services: {
            airflow: {
              environment: {
                AIRFLOW_CONN_GREENPLUM_CONN: `{"conn_type": "postgres", "host": "greenplum", "port": ${front}, "schema": "gp_dwh", "login": "gpadmin"}`,
              },
            },
          },
        },
      }
    : {}
