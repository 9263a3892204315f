/** Why `READY_SQL` does not answer a row: the finding of component `data`. */
import type { Entry } from './entry.ts'

export const dataFindings = {
  'data.extension': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The database of the query lacks the extension, or its library.',
    fix: 'See component `extensions`, and `PXF_EXTENSION_DATABASES`.',
  },
  'data.table': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'Greenplum has no such table.',
    fix: 'See component `sql`, or make the table by hand.',
  },
  'data.pxf': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'PXF does not answer, or ended while it answered.',
    fix: 'See component `pxf`.',
  },
  'data.pxf-memory': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'PXF is out of memory.',
    fix: 'Give it a larger heap in `conf/pxf-env.sh`.',
  },
  'data.jdbc-server': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'PXF has no such server, or its site file lacks a parameter.',
    fix: 'Compare `SERVER` of the table with the folders in `servers/`.',
  },
  'data.driver': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The JDBC driver is not there.',
    fix: 'Put its JAR into `lib/` and restart PXF.',
  },
  'data.source': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source database is not reached.',
    fix: 'Start it, or correct host and port in `jdbc.url`.',
  },
  'data.source-database': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The server of the source has no database of that name.',
    fix: 'Correct it in `jdbc.url`.',
  },
  'data.credentials': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source refuses the login.',
    fix: '`gp-supervisor doctor` logs in and says what helps for that file.',
  },
  'data.source-table': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source has no such table or column.',
    fix: 'Compare names in `LOCATION` and columns with the source.',
  },
  'data.source-permission': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The user of the source may not read the table.',
    fix: 'Grant it there.',
  },
  'data.timeout': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'No answer came in time.',
    fix: 'Look at the source, or raise `READY_SQL_TIMEOUT`.',
  },
  'data.no-rows': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The query succeeded and answered no row.',
    fix: 'Check that the source has data.',
  },
  'data.value': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'A value of the source does not fit the column of the table.',
    fix: 'Run the query by hand to see which.',
  },
  'data.segments': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'Not every segment answers.',
    fix: 'See component `gpdb`.',
  },
  'data.unknown': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The query fails for another reason, which the finding quotes.',
    fix: 'Fix what the error names.',
  },
} as const satisfies Record<string, Entry>
