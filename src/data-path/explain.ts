/**
 * Explains why a query over PXF failed, and how to fix it, from the error that Greenplum returns. The error is
 * Greenplum's own, or after "PXF server error" (external-table/src/libchurl.c) that of PXF, the driver or the source.
 * The original text is kept, but never values of rows or passwords. Pure.
 */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { describeSqlError } from '../greenplum/sql-errors.ts'
import { withoutWrittenSecrets } from '../logging/written-secrets.ts'
import { DeadlineError } from '../time.ts'

export type Cause =
  | 'extension'
  | 'table'
  | 'pxf'
  | 'pxf-memory'
  | 'jdbc-server'
  | 'driver'
  | 'source'
  | 'source-database'
  | 'credentials'
  | 'source-table'
  | 'source-permission'
  | 'timeout'
  | 'no-rows'
  | 'value'
  | 'segments'
  | 'unknown'

/** The query succeeded but returned no row. */
export class NoRowsError extends Error {
  override readonly name = 'NoRowsError'
}

interface Rule {
  readonly cause: Cause
  readonly pattern: RegExp
  readonly what: string
  /** A fixed text, or one that depends on the platform. */
  readonly fix: string | ((advice: Advice) => string)
}

const viaPxf = /PXF server error/
/** Errors of the driver or the source about a value; PXF passes them on with its own SQLSTATE. */
const aboutValue = /invalid input syntax|(?<!port )out of range|value too long/i
const source = 'the source database'
const hinted = (words: string, hint: string): string => (hint === '' ? words : `${words}; ${hint}`)
const site = "PXF's jdbc-site.xml for that server (servers/<name>/ in PXF_BASE)"

/** Errors of PXF, the driver or the source. The first match counts. */
const pxfRules: readonly Rule[] = [
  {
    cause: 'pxf',
    pattern: /Failed to connect to \S+ port \d+|no pxf servlet listening/,
    what: 'PXF does not answer',
    fix: 'see component pxf, and the logs in PXF_BASE/logs',
  },
  {
    cause: 'pxf-memory',
    pattern: /OutOfMemoryError|Java heap space/,
    what: 'PXF is out of memory',
    fix: 'set a larger -Xmx in the line `export PXF_JVM_OPTS=…` of $PXF_BASE/conf/pxf-env.sh, then restart PXF',
  },
  {
    cause: 'jdbc-server',
    pattern: /Required parameter jdbc\.\w+ is missing|No server configuration directory|Invalid server name/i,
    what: 'PXF has no such JDBC server, or its jdbc-site.xml lacks that parameter',
    fix: 'compare SERVER=… of the table with the directories in PXF_BASE/servers; `gp-supervisor seed --dry-run` lists the files of the image',
  },
  {
    cause: 'driver',
    pattern: /ClassNotFoundException|Failed to load driver class/,
    what: 'the JDBC driver is missing',
    fix: `put its JAR into PXF_BASE/lib and restart PXF; jdbc.driver and jdbc.url are in ${site}`,
  },
  {
    cause: 'driver',
    pattern: /No suitable driver|Failed to get driver instance/,
    what: 'no JDBC driver in PXF accepts the URL',
    fix: `compare the beginning of jdbc.url with what the driver expects; if its JAR is missing, put it into PXF_BASE/lib and restart PXF; jdbc.driver and jdbc.url are in ${site}`,
  },
  {
    // MariaDB and MySQL say so of a database that does not exist, too, unless the user could see it.
    cause: 'source-database',
    pattern: /Access denied for user '[^']*'@'[^']*' to database/,
    what: `${source} server has no database with that name, or does not let the user into it`,
    fix: `the name is in jdbc.url of ${site}; if it is right, grant the user access in the source`,
  },
  {
    cause: 'credentials',
    pattern:
      /password authentication failed|no password was provided|password is an empty string|role "[^"]*" does not exist|no pg_hba\.conf entry|Access denied for user|permission denied for database|authentication type \S+ is not supported/,
    what: `${source} refuses the login`,
    fix: ({ environment }) =>
      `user and password are in ${site}; variables in the image's file are filled in from ${environment} when the file is first written; \`gp-supervisor doctor\` tries the login and reports the fix for that file`,
  },
  {
    cause: 'source-database',
    pattern: /FATAL: database "[^"]*" does not exist|Unknown database/,
    what: `${source} server has no database with that name`,
    fix: `the name is in jdbc.url of ${site}`,
  },
  {
    cause: 'source',
    pattern:
      /Connection to \S+ refused|Connection refused|The connection attempt failed|UnknownHostException|Name or service not known|No route to host|Communications link failure|the database system is (starting up|shutting down)|terminating connection|An I\/O error occurred|too many clients|SocketTimeoutException|[Cc]onnect timed out|Socket fail to connect to/,
    what: `${source} cannot be reached`,
    fix: `check that it is running and that its name resolves in this container; host and port are in jdbc.url of ${site}`,
  },
  {
    cause: 'timeout',
    pattern: /Connection is not available, request timed out|canceling statement due to|query timeout/i,
    what: `${source} did not answer in time`,
    fix: 'check it for locks and for its number of connections; PXF keeps up to 15 per pool',
  },
  {
    cause: 'source-table',
    pattern: /(relation|schema|column|table) "?[^\s"]*"?[^:]* does not exist|Table '[^']*' doesn't exist/i,
    what: `${source} has no such table or column`,
    fix: ({ demoData }) =>
      hinted(
        "compare the name in LOCATION ('pxf://schema.table?…') and the names of the columns with the source",
        demoData,
      ),
  },
  {
    cause: 'source-permission',
    pattern: /permission denied|command denied to user/,
    what: `the user of ${source} has no permission to read the table`,
    fix: 'grant it in the source',
  },
]

/** Greenplum's own errors. */
const serverRules: readonly Rule[] = [
  {
    cause: 'extension',
    pattern:
      /protocol "pxf" does not exist|function \S*pxf\w*_import\S* does not exist|formatter function "pxf/,
    what: 'the extension pxf is missing in this database',
    fix: 'see component extensions; a database other than GREENPLUM_DATABASE_NAME must be listed in PXF_EXTENSION_DATABASES',
  },
  {
    cause: 'extension',
    pattern: /could not (load library|access file) "\S*pxf/,
    what: "the extension's library is missing, or was built for another server",
    fix: 'use an image whose PXF matches this Greenplum; `pxf register` copies its files',
  },
  {
    cause: 'pxf',
    pattern: /transfer error \(\d+\)/,
    what: 'PXF ended during a response',
    fix: 'see component pxf, and the logs in PXF_BASE/logs',
  },
  {
    cause: 'table',
    pattern: /(relation|schema) "[^"]*" does not exist/,
    what: 'Greenplum has no such table',
    fix: ({ demoTables }) => hinted('see component sql, or create the table by hand', demoTables),
  },
  {
    cause: 'segments',
    pattern: /failed to acquire resources on one or more segments|segments respond/,
    what: 'some segments do not respond',
    fix: 'see component gpdb',
  },
]

/** @param where the origin of the query */
export function explainDataPath(error: unknown, where: string, advice: Advice): Finding {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  if (error instanceof NoRowsError) return noRows(where)
  // The timeout error of the PostgreSQL driver has neither a class nor a code.
  const isLate = error instanceof DeadlineError || code === '57014' || message.includes('timeout expired')
  if (isLate) return timeout(error, where)
  // The message quotes the value that does not fit its type, and row data must not leave the database.
  if (code.startsWith('22') || (viaPxf.test(message) && aboutValue.test(message)))
    return valueDoesNotFit(code, where)
  const rules = viaPxf.test(message) ? pxfRules : serverRules
  const rule = rules.find(({ pattern }) => pattern.test(message))
  const words = withoutWrittenSecrets(describeSqlError(withoutWhere(error)))
  if (rule === undefined) return finding('data.unknown', { text: words, where })
  const fix = typeof rule.fix === 'string' ? rule.fix : rule.fix(advice)
  return finding(`data.${rule.cause}`, { text: rule.what, cause: words, fix, where })
}

export interface PxfError {
  readonly cause: Cause
  /** What is wrong, in a few words; empty if no rule matches. */
  readonly what: string
  /** The error, without the description of the connection pool and without passwords. */
  readonly words: string
}

/** The same for an error from PXF itself, without Greenplum in between. */
export function explainPxfError(message: string): PxfError {
  const { message: clean = '' } = withoutWhere({ message }) as { message?: string }
  const words = withoutWrittenSecrets(clean)
  if (aboutValue.test(message)) return { cause: 'value', what: '', words: '' }
  const rule = pxfRules.find(({ pattern }) => pattern.test(message))
  return { cause: rule?.cause ?? 'unknown', what: rule?.what ?? '', words }
}

const noRows = (where: string): Finding =>
  finding('data.no-rows', {
    text: 'the query succeeded but returned no row',
    fix: 'at least one row is needed; check that the source has data',
    where,
  })

const timeout = (error: unknown, where: string): Finding =>
  finding('data.timeout', {
    text: 'no answer in time',
    cause: withoutWrittenSecrets(describeSqlError(error)),
    fix: 'PXF waits 30 s for a source that does not respond; check that it is running. If the query may take longer, raise READY_SQL_TIMEOUT',
    where,
  })

const valueDoesNotFit = (code: string, where: string): Finding =>
  finding('data.value', {
    text: `a value of the source does not fit the column of the table${code === '' ? '' : ` (${code})`}`,
    fix: 'run the query by hand to find it',
    where,
  })

/** Without the segment that reported it: "  (seg0 slice1 10.0.0.5:6000 pid=115042)". */
function withoutWhere(error: unknown): unknown {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string }
  const clean = message
    .replace(/\s+\((seg\d+|entry db)[^)]*pid=\d+\)/, '')
    // Between the server's name and the reason, PXF prints the whole configuration of the pool.
    .replace(/ and PoolDescriptor\{.*\} :/s, ':')
  return { code, message: clean }
}
