/**
 * As much of psql as the stand-in's scripts need: one session, the simple query protocol, rows as text. Options:
 * -h -p -U -d -c -f -t -v (ignored) --no-psqlrc (ignored), and PGHOST, PGPORT, PGUSER, PGPASSWORD. All statements
 * of one -c or -f are one transaction, unlike the real psql. Messages as in the PostgreSQL manual,
 * "Frontend/Backend Protocol".
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import { argv, env, exit } from 'node:process'

/** Straight to the descriptors: process.stdout would make a pipe non-blocking for all who share it. */
const print = (text: string): number => writeSync(1, `${text}\n`)
const complain = (text: string): number => writeSync(2, `${text}\n`)

function giveUp(reason: string, code: number): never {
  complain(`psql: error: ${reason}`)
  return exit(code)
}

interface Request {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly sql: string
}

function parseArguments(words: readonly string[]): Request {
  const options = new Map<string, string>()
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word.startsWith('--') || word === '-t') continue
    if (/^-[hpUdcfv]$/.test(word)) options.set(word, words[++at] ?? '')
    else if (word.startsWith('-')) giveUp(`the stand-in's psql does not know ${word}`, 1)
    else rest.push(word)
  }
  const user = options.get('-U') ?? env['PGUSER'] ?? env['GREENPLUM_USER'] ?? 'gpadmin'
  const file = options.get('-f')
  return {
    host: options.get('-h') ?? env['PGHOST'] ?? env['STANDIN_SOCKET_DIR'] ?? '/tmp',
    port: Number(options.get('-p') ?? env['PGPORT'] ?? env['STANDIN_PORT_BASE'] ?? 5432),
    user,
    database: options.get('-d') ?? rest[0] ?? user,
    sql: file === undefined ? (options.get('-c') ?? '') : readFileSync(file, 'utf8'),
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), head, body])
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`)
const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex')

function startup({ user, database }: Request): Buffer {
  const version = Buffer.from([0, 3, 0, 0])
  return message('', Buffer.concat([version, ...['user', user, 'database', database, ''].map(text)]))
}

/** Answers an authentication request, or says why it cannot; undefined when none is needed any more. */
function authenticate(body: Buffer, user: string): Buffer | undefined {
  const kind = body.readInt32BE(0)
  if (kind === 0) return undefined
  const password = env['PGPASSWORD'] ?? ''
  if (password === '') throw new Error('fe_sendauth: no password supplied')
  if (kind === 3) return message('p', text(password))
  if (kind === 5)
    return message(
      'p',
      text(`md5${md5(Buffer.concat([Buffer.from(md5(password + user)), body.subarray(4, 8)]))}`),
    )
  throw new Error(`authentication method ${kind} is not supported by the stand-in's psql`)
}

/** An error or notice as psql prints it: severity, then message, from fields of a letter and a text. */
function complaint(body: Buffer): string {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  const detail = fields.get('D')
  return `${fields.get('S')}:  ${fields.get('M')}${detail === undefined ? '' : `\nDETAIL:  ${detail}`}`
}

function row(body: Buffer): string {
  const columns: string[] = []
  let at = 2
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const length = body.readInt32BE(at)
    at += 4
    columns.push(length === -1 ? '' : body.toString('utf8', at, at + length))
    at += Math.max(length, 0)
  }
  return ` ${columns.join(' | ')}`
}

function run(request: Request): void {
  const { host, port } = request
  const socket = host.startsWith('/')
    ? connect(`${host}/.s.PGSQL.${port}`)
    : connect({ host, port, timeout: 30_000 })
  let pending = Buffer.alloc(0)
  let asked = false
  let failed = false
  const handle = (type: string, body: Buffer): void => {
    if (type === 'R') {
      const answer = authenticate(body, request.user)
      if (answer !== undefined) socket.write(answer)
    } else if (type === 'E') {
      if (!asked) giveUp(`connection to server failed: ${complaint(body)}`, 2)
      complain(complaint(body))
      failed = true
    } else if (type === 'N') complain(complaint(body))
    else if (type === 'D') print(row(body))
    else if (type === 'C') print(body.toString('utf8', 0, body.length - 1))
    else if (type === 'Z') {
      if (asked) socket.end(message('X', Buffer.alloc(0)), () => exit(failed ? 1 : 0))
      else socket.write(message('Q', text(request.sql)))
      asked = true
    }
  }
  socket.on('error', (error) => giveUp(`connection to server failed: ${error.message}`, 2))
  socket.on('timeout', () => giveUp('connection to server failed: timed out', 2))
  socket.on('close', () => giveUp('server closed the connection unexpectedly', 2))
  socket.on('connect', () => socket.write(startup(request)))
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, typeof chunk === 'string' ? Buffer.from(chunk) : chunk])
    while (pending.length >= 5 && pending.length >= pending.readInt32BE(1) + 1) {
      const end = pending.readInt32BE(1) + 1
      const [type, body] = [pending.toString('latin1', 0, 1), pending.subarray(5, end)]
      pending = pending.subarray(end)
      try {
        handle(type, body)
      } catch (error) {
        giveUp(`connection to server failed: ${(error as Error).message}`, 2)
      }
    }
  })
}

run(parseArguments(argv.slice(2)))
