/**
 * Stands before the coordinator's unix socket, so that clients can send the SQL that only Greenplum has. Every byte
 * passes unchanged, but for a Query or Parse message with a statement of the recorded list (greenplum-sql.ts), which
 * becomes what PostgreSQL can run. One connection of the server for each of a client's, and no other: what waits
 * for sessions waits for the clients' own. Messages as in the PostgreSQL manual, "Frontend/Backend Protocol".
 *
 * It holds the reading end of a pipe that every process of the server inherits: when the last of them is gone,
 * however it went, the pipe ends and so does the front.
 *
 * With STANDIN_FRONT_PORT it listens on that TCP port, too: for clients that know no Unix socket. Whoever comes through
 * it is the server's own user for the server, so there is no password.
 *
 * Arguments: folder of the socket, port, folder for its notes.
 */
import { chmodSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { Transform } from 'node:stream'
import { translateAll } from './greenplum-sql.ts'

const { pid } = process
const [folder = '/tmp', port = '5432', notes = '/tmp'] = process.argv.slice(2)
const shown = join(folder, `.s.PGSQL.${port}`)
/** The server's own socket, under a name that nobody asks for. Short: a socket's path may have 107 bytes. */
const behind = join(folder, `.sv.${pid}`)
/** Where it listens until it may stand there. */
const listening = join(folder, `.fr.${pid}`)
const note = join(notes, `front.${pid}.pid`)

// --- messages -----------------------------------------------------------------------------------------------

const startupCodes = { ssl: 80_877_103, gss: 80_877_104 }

/** What a client says, with the statements of the list replaced. */
function translating(): Transform {
  let pending = Buffer.alloc(0)
  let begun = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending = Buffer.concat([pending, chunk])
      for (;;) {
        // A startup packet has no type.
        const head = begun ? 1 : 0
        if (pending.length < head + 4) return done()
        const length = head + pending.readInt32BE(head)
        if (length < head + 4) return done(new Error('a message without a length'))
        if (pending.length < length) return done()
        const message = pending.subarray(0, length)
        pending = pending.subarray(length)
        this.push(begun ? replaced(message) : message)
        if (!begun) begun = !asksForEncryption(message)
      }
    },
  })
}

const asksForEncryption = (packet: Buffer): boolean =>
  packet.length === 8 && Object.values(startupCodes).includes(packet.readInt32BE(4))

function replaced(message: Buffer): Buffer {
  const type = message.toString('latin1', 0, 1)
  if (type !== 'Q' && type !== 'P') return message
  // Query: the text. Parse: a name, the text, the types of its parameters.
  const start = type === 'Q' ? 5 : message.indexOf(0, 5) + 1
  const end = message.indexOf(0, start)
  const given = message.toString('utf8', start, end)
  const instead = translateAll(given)
  if (instead === given) return message
  const body = Buffer.concat([message.subarray(5, start), Buffer.from(instead), message.subarray(end)])
  const head = Buffer.from(message.subarray(0, 5))
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

// --- connections --------------------------------------------------------------------------------------------

function serve(client: Socket): void {
  const server = connect(behind)
  const said = translating()
  client.pipe(said).pipe(server)
  server.pipe(client)
  const cut = (): void => {
    client.destroy()
    server.destroy()
  }
  for (const stream of [client, server, said]) stream.on('error', cut)
  client.on('close', cut)
  server.on('close', () => client.destroySoon())
}

const front = createServer(serve)
const overTcp = createServer(serve)

const madeAt = (): number => statSync(shown, { throwIfNoEntry: false })?.ctimeMs ?? 0

/** Takes the place of the server's socket in one step: nobody finds nothing there. */
function takePlace(before: number): void {
  if (madeAt() === before || madeAt() === 0) {
    setTimeout(() => takePlace(before), 5)
    return
  }
  chmodSync(listening, 0o777)
  linkSync(shown, behind)
  renameSync(listening, shown)
  const extraPort = Number(process.env['STANDIN_FRONT_PORT'] ?? '')
  if (extraPort > 0) overTcp.listen(extraPort, stands)
  else stands()
}

const stands = (): void => writeFileSync(join(notes, 'front.stands'), '')

function leave(): void {
  for (const path of [behind, listening, note]) rmSync(path, { force: true })
  process.exit(0)
}

for (const path of [behind, listening]) rmSync(path, { force: true })
front.listen(listening, () => {
  writeFileSync(note, `${pid}\n`)
  writeFileSync(join(notes, 'front.waits'), '')
  takePlace(madeAt())
})
process.stdin.on('end', leave).resume()
// It lives as long as the server does, whatever is sent to the group of the script that started it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {})
