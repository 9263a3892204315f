/**
 * A line of the log: its fields, and what each of them means. The running program uses the types alone, so a field that
 * is not here does not compile; docs/reference/log.schema.json is made of the schema.
 */
import * as z from 'zod'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
const components = ['supervisor', 'gpdb', 'gp-tool', 'pxf'] as const

const text = (meaning: string) => z.string().describe(meaning).optional()
const words = (meaning: string) => z.array(z.string()).describe(meaning).optional()
const count = (meaning: string) => z.int().min(0).describe(meaning).optional()

/** What the next start reads of the end of a run; docs/reference/files.md. */
const stop = z.object({
  at: z.string(),
  reason: z.string(),
  exitCode: z.int(),
  proven: z.boolean(),
  seconds: z.number(),
  phase: z.string(),
  directories: z.array(z.object({ path: z.string(), state: z.string() })),
})

const ofEveryLine = {
  level: z.enum(levels).describe('How much it matters.'),
  time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    .describe('When it was logged, in UTC, to the millisecond.'),
  component: z.enum(components).describe('Who speaks.'),
  msg: z.string().describe('What happened; of a line or record of another program, what it said.'),
}

const ofRecords = {
  content: z.int().min(-1).describe('The server, by its content id; -1 is the coordinator.').optional(),
  role: z
    .enum(['coordinator', 'standby', 'primary', 'mirror'])
    .describe('What the server is now.')
    .optional(),
  at: text('When the server or PXF wrote the record, in its own format.'),
  user: text('The role of the session, or the one whose password was set.'),
  process: text('The process of the server, or of PXF.'),
  session: text('The session.'),
  command: text('The command of the session.'),
  segment: text('The segment that wrote the record.'),
  sqlstate: text('The error code of PostgreSQL.'),
  detail: text('DETAIL of the record.'),
  hint: text('HINT of the record.'),
  context: text('CONTEXT of the record.'),
  thread: text('The thread of PXF.'),
  logger: text('The logger of PXF, a class.'),
}

const ofOutput = {
  tool: text('The tool whose line it is.'),
  continues: z.literal(true).describe('The line is too long; its next part is the next line.').optional(),
  line: text('The line that was repeated.'),
}

const ofFindings = {
  id: text('The finding; docs/reference/findings.md lists them.'),
  severity: text('Of a finding: `refuse`, `error`, `warning` or `note`. Of a server: as it writes it.'),
  text: text('What is wrong.'),
  cause: text('Why; empty if the text says it.'),
  fix: text('What to do; empty if there is nothing to do.'),
  where: text('What it concerns.'),
}

const ofEvents = {
  part: text('The component whose state changed.'),
  from: text('The state or phase before.'),
  to: text('The state or phase now, or where directories were moved.'),
  event: text('What moved the phase.'),
  reason: text('Why.'),
  stack: text('The stack trace.'),
  seconds: z
    .number()
    .describe(
      'Of `ready`: from the start of the program. Of `repeated`: from the first to the last. Of a recovery: what it took.',
    )
    .optional(),
  timelineMs: z
    .record(z.string(), z.int())
    .describe('When each stage of the start was reached, in milliseconds since the start of the program.')
    .optional(),
  parts: z
    .array(z.object({ part: z.string(), state: z.string(), reason: z.string() }))
    .describe('The components that are not ready.')
    .optional(),
  exitCode: z
    .int()
    .min(0)
    .max(255)
    .describe('The exit code of the program, in the last line alone.')
    .optional(),
  verdict: stop.describe('How the run ended, in the last line: the content of last-stop.json.').optional(),
  previous: stop.describe('How the previous run ended: the content of last-stop.json.').optional(),
  host: text('The address of the health port, or the client of a session.'),
  port: z.int().min(0).max(65_535).describe('The health port, or the port of the server.').optional(),
  supervisor: text('The version of this program.'),
  node: text('The version of Node.'),
  parentPid: count('The parent of this program.'),
  hostname: text('The name of this host.'),
  createdAs: text('The name of the host when the cluster was created.'),
  dataDirectory: text('The data directory.'),
  sockets: words('Sockets that were removed.'),
  moved: words('Directories that were moved aside.'),
  outcome: text('`changed` or `unchanged`.'),
  written: words('Files of PXF_BASE that were written.'),
  backups: words('Copies of edited files that were replaced.'),
  drift: z
    .array(z.object({ path: z.string(), text: z.string(), fix: z.string() }))
    .describe('Files of PXF_BASE that differ from those of the image.')
    .optional(),
  attempts: count('How many attempts it took.'),
  afterMs: count('Milliseconds until the next attempt.'),
  atMostMs: z.number().min(0).describe('The longest that is waited, in milliseconds.').optional(),
  pid: count('The process that is waited for.'),
  name: text('The tool that is waited for.'),
  step: text('The step of the stop that failed, or of a recovery of the cluster.'),
  servers: z.array(z.int()).describe('The servers that a recovery is for, by dbid.').optional(),
  failure: text('Why a step or a tool failed.'),
  failures: words('What failed.'),
  faults: words('What was refused.'),
  path: text('The file.'),
  file: text('The file.'),
  what: text('What was done with the file.'),
  dropped: z
    .array(z.object({ file: z.string(), relations: z.array(z.string()) }))
    .describe('Relations that are gone, by the file that creates them.')
    .optional(),
  database: text('The database.'),
  version: text('The version of the extension.'),
  library: text('The library of a custom protocol.'),
  changes: words('What was changed in the database.'),
  directory: text('The folder of a log that is followed.'),
  until: text('The newest log file that was not read.'),
  bytes: count('Bytes of the log that were not read.'),
  count: count('How often the line came.'),
}

export const logRecord = z
  .strictObject({ ...ofEveryLine, ...ofRecords, ...ofOutput, ...ofFindings, ...ofEvents })
  .meta({
    title: 'A line of the log of gp-supervisor',
    description:
      'With LOG_FORMAT=json, every line of the program. Lines that do not begin with { are of the entrypoint of the base image, before the program starts, or say on standard error that a variable or an argument is wrong.',
  })

export type LogRecord = z.infer<typeof logRecord>
export type Level = LogRecord['level']
export type Component = LogRecord['component']

/** Readers of fields need not be able to change them. */
type ReadOnly<T> = T extends (infer Entry)[]
  ? readonly ReadOnly<Entry>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadOnly<T[Key]> }
    : T

/** What a line has besides its level, time, component and message. */
export type Fields = ReadOnly<Omit<LogRecord, keyof typeof ofEveryLine>>
