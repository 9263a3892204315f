/** Why `READY_SQL` returns no row: the findings of component `data`. */
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
    fix: 'See component `sql`, or create the table by hand.',
  },
  'data.pxf': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'PXF does not respond, or ended during a response.',
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
    title: 'PXF has no such server, or the site file lacks a parameter.',
    fix: 'Compare `SERVER` of the table with the directories in `servers/`.',
  },
  'data.driver': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The JDBC driver is missing, or none accepts the URL.',
    fix: 'Put its JAR into `lib/` and restart PXF, or correct `jdbc.url`.',
  },
  'data.source': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source database cannot be reached.',
    fix: 'Start it, or correct the host and port in `jdbc.url`.',
  },
  'data.source-database': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source server has no database with that name, or denies access to it.',
    fix: 'Correct the name in `jdbc.url`.',
  },
  'data.credentials': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source refuses the login.',
    fix: 'Run `gp-supervisor doctor`: it tries the login and reports the fix for that file.',
  },
  'data.source-table': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source has no such table or column.',
    fix: 'Compare the names in `LOCATION` and the columns with the source.',
  },
  'data.source-permission': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The source user has no permission to read the table.',
    fix: 'Grant it in the source.',
  },
  'data.timeout': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'No answer came in time.',
    fix: 'Check the source, or raise `READY_SQL_TIMEOUT`.',
  },
  'data.no-rows': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The query succeeded but returned no row.',
    fix: 'Check that the source has data.',
  },
  'data.value': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'A value of the source does not fit the column of the table.',
    fix: 'Run the query by hand to find it.',
  },
  'data.segments': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'Some segments do not respond.',
    fix: 'See component `gpdb`.',
  },
  'data.unknown': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: 'The query fails for another reason, which the finding quotes.',
    fix: 'Fix the error.',
  },
} as const satisfies Record<string, Entry>
