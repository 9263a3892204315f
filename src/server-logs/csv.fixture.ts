/** A record as Greenplum writes it into its csv log, and the same as PostgreSQL does. */
import { layoutOf, type Layout } from './csv-layout.ts'

interface Columns {
  readonly user?: string
  readonly database?: string
  readonly sqlstate?: string
  readonly query?: string
}

const quoted = (text: string) => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)

export function csv(severity: string, message: string, columns: Columns = {}) {
  const { user = 'gpadmin', database = 'gp_dwh', sqlstate = '00000', query = 'select 1' } = columns
  const [by, to, text, statement] = [user, database, message, query].map(quoted)
  const session = user === '' ? ['', ''] : ['con6', 'cmd2']
  return {
    greenplum: `2026-11-27 03:14:15.123456 UTC,${by},${to},p4242,th-1855,${user === '' ? '' : '"[local]"'},,2026-11-27 03:00:00 UTC,0,${session.join(',')},seg-1,,dx1,,sx1,"${severity}","${sqlstate}",${text},,,,,,${statement},0,,"postgres.c",1590,`,
    postgresql: `2026-11-27 03:14:15.123 UTC,${by},${to},4242,${user === '' ? '' : '"[local]"'},6567.1092,2,${quoted('idle')},2026-11-27 03:00:00 UTC,3/7,0,${severity},${sqlstate},${text},,,,,,${statement},,,"psql","client backend",,0`,
  }
}

export const layoutNamed = (name: Layout['name']): Layout => layoutOf(Buffer.from(csv('LOG', 'x')[name]))
