/**
 * Why a query over PXF failed, and what helps, read from the error that Greenplum gives: its own, or PXF's
 * behind "PXF server error" (external-table/src/libchurl.c), or that of the driver and the source behind PXF's.
 * Pure. Words of the server are passed on where they say more than the cause; values of rows and passwords never.
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

/** The query went well and answered nothing. */
export class NoRowsError extends Error {
  override readonly name = 'NoRowsError'
}

interface Rule {
  readonly cause: Cause
  readonly pattern: RegExp
  readonly what: string
  /** In general words, or in those of the place where the program runs. */
  readonly fix: string | ((advice: Advice) => string)
}

const viaPxf = /PXF server error/
/** The driver, or the source, about a value: PXF passes it on under a SQLSTATE of its own. */
const aboutValue = /invalid input syntax|(?<!port )out of range|value too long/i
const source = 'the source database'
const hinted = (words: string, hint: string): string => (hint === '' ? words : `${words}; ${hint}`)
const site = "PXF's jdbc-site.xml for that server (servers/<name>/ in PXF_BASE)"

/** Behind PXF: what PXF, the driver or the source said. The first that fits counts. */
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
    fix: 'a larger -Xmx in the line `export PXF_JVM_OPTS=…` of $PXF_BASE/conf/pxf-env.sh, and start it again',
  },
  {
    cause: 'jdbc-server',
    pattern: /Required parameter jdbc\.\w+ is missing|No server configuration directory|Invalid server name/i,
    what: 'PXF has no such JDBC server, or its jdbc-site.xml lacks that parameter',
    fix: 'compare SERVER=… of the table with the folders in PXF_BASE/servers; `gp-supervisor seed --dry-run` shows what the image brings',
  },
  {
    cause: 'driver',
    pattern: /ClassNotFoundException|No suitable driver|Failed to (get driver instance|load driver class)/,
    what: 'the JDBC driver is not there',
    fix: `put its JAR into PXF_BASE/lib and restart PXF; jdbc.driver and jdbc.url are in ${site}`,
  },
  {
    cause: 'credentials',
    pattern:
      /password authentication failed|no password was provided|password is an empty string|role "[^"]*" does not exist|no pg_hba\.conf entry|Access denied for user|permission denied for database|authentication type \S+ is not supported/,
    what: `${source} refuses the login`,
    fix: ({ environment }) =>
      `user and password are in ${site}; what the image's file takes from variables comes from ${environment} when the file is first written; \`gp-supervisor doctor\` logs in and says what helps for that file`,
  },
  {
    cause: 'source-database',
    pattern: /FATAL: database "[^"]*" does not exist|Unknown database/,
    what: `${source} server has no database of that name`,
    fix: `it is in jdbc.url of ${site}`,
  },
  {
    cause: 'source',
    pattern:
      /Connection to \S+ refused|Connection refused|The connection attempt failed|UnknownHostException|Name or service not known|No route to host|Communications link failure|the database system is (starting up|shutting down)|terminating connection|An I\/O error occurred|too many clients|SocketTimeoutException|[Cc]onnect timed out/,
    what: `${source} is not reached`,
    fix: `is it up, and does its name resolve in this container? Host and port are in jdbc.url of ${site}`,
  },
  {
    cause: 'timeout',
    pattern: /Connection is not available, request timed out|canceling statement due to|query timeout/i,
    what: `${source} did not answer in time`,
    fix: 'look there for locks and for the number of connections; PXF keeps up to 15 of each pool',
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
    pattern: /permission denied/,
    what: `the user of ${source} may not read the table`,
    fix: 'grant it there',
  },
]

/** Greenplum's own. */
const serverRules: readonly Rule[] = [
  {
    cause: 'extension',
    pattern:
      /protocol "pxf" does not exist|function \S*pxf\w*_import\S* does not exist|formatter function "pxf/,
    what: 'the extension pxf is missing in this database',
    fix: 'see component extensions; a database other than GREENPLUM_DATABASE_NAME has to be in PXF_EXTENSION_DATABASES',
  },
  {
    cause: 'extension',
    pattern: /could not (load library|access file) "\S*pxf/,
    what: "the extension's library is not there, or not for this server",
    fix: 'use an image with a PXF for this Greenplum; `pxf register` copies its files',
  },
  {
    cause: 'pxf',
    pattern: /transfer error \(\d+\)/,
    what: 'PXF ended while it answered',
    fix: 'see component pxf, and the logs in PXF_BASE/logs',
  },
  {
    cause: 'table',
    pattern: /(relation|schema) "[^"]*" does not exist/,
    what: 'Greenplum has no such table',
    fix: ({ demoTables }) => hinted('see component sql, or make the table by hand', demoTables),
  },
  {
    cause: 'segments',
    pattern: /failed to acquire resources on one or more segments|segments answer/,
    what: 'not every segment answers',
    fix: 'see component gpdb',
  },
]

/** @param where whose query it is */
export function explainDataPath(error: unknown, where: string, advice: Advice): Finding {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  if (error instanceof NoRowsError) return noRows(where)
  // The driver of Greenplum itself has no class and no code for it.
  const isLate = error instanceof DeadlineError || code === '57014' || message.includes('timeout expired')
  if (isLate) return timeout(error, where)
  // A value that does not fit its type is quoted in the message, and rows are nobody's business here.
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
  /** What is wrong, in a few words; empty where nothing fits. */
  readonly what: string
  /** The error, without the description of the pool and without passwords. */
  readonly words: string
}

/** The same of an error that PXF itself answered, without Greenplum in between. */
export function explainPxfError(message: string): PxfError {
  const { message: clean = '' } = withoutWhere({ message }) as { message?: string }
  const words = withoutWrittenSecrets(clean)
  if (aboutValue.test(message)) return { cause: 'value', what: '', words: '' }
  const rule = pxfRules.find(({ pattern }) => pattern.test(message))
  return { cause: rule?.cause ?? 'unknown', what: rule?.what ?? '', words }
}

const noRows = (where: string): Finding =>
  finding('data.no-rows', {
    text: 'the query succeeded and answered no row',
    fix: 'at least one is needed: is there data in the source?',
    where,
  })

const timeout = (error: unknown, where: string): Finding =>
  finding('data.timeout', {
    text: 'no answer in time',
    cause: withoutWrittenSecrets(describeSqlError(error)),
    fix: 'PXF waits 30 s for a source that does not answer: is it up? If the query may take longer, raise READY_SQL_TIMEOUT',
    where,
  })

const valueDoesNotFit = (code: string, where: string): Finding =>
  finding('data.value', {
    text: `a value of the source does not fit the column of the table${code === '' ? '' : ` (${code})`}`,
    fix: 'run the query by hand to see which',
    where,
  })

/** Which segment said it matters to nobody: "  (seg0 slice1 10.0.0.5:6000 pid=115042)". */
function withoutWhere(error: unknown): unknown {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string }
  const clean = message
    .replace(/\s+\((seg\d+|entry db)[^)]*pid=\d+\)/, '')
    // The pool's description stands between the server's name and the reason, with everything that is set.
    .replace(/ and PoolDescriptor\{.*\} :/s, ':')
  return { code, message: clean }
}
