/**
 * Every kind of secret is planted, and looked for in everything that a whole life of a stand leaves behind: two
 * starts, two stops, failed logins, every answer, every file, every line, and the arguments of every process.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { launchSupervisor } from '../../stand-in/launch.ts'
import { connection, createRig, eventually, type Rig, type Run } from './rig.ts'

const secrets = {
  administrator: 'admin-Qw7-hunter2',
  sourceOfTheSeed: 'source-Zx9-hunter2',
  inTheUrl: 'url-Ty5-hunter2',
  token: 'token-Ui3-hunter2',
  role: 'role-Op1-hunter2',
  userMapping: 'mapping-As2-hunter2',
  bound: 'bound-Df4-hunter2',
} as const
type Secret = keyof typeof secrets

const environment = {
  GREENPLUM_PASSWORD: secrets.administrator,
  BOOKINGS_DB_PASSWORD: secrets.sourceOfTheSeed,
  REPORTS_API_TOKEN: secrets.token,
  LOG_DATABASE: 'all',
}

const property = (name: string, value: string) =>
  `<property><name>${name}</name><value>${value}</value></property>`
const site = (...properties: string[]) => `<configuration>${properties.join('')}</configuration>\n`

/** A server with its password in the URL, and one with a token from the environment. */
async function seedServers({ standIn }: Rig): Promise<void> {
  const url = `jdbc:postgresql://db.example/demo?user=u&amp;password=${secrets.inTheUrl}`
  const files = {
    'reports/jdbc-site.xml': site(
      property('jdbc.driver', 'org.postgresql.Driver'),
      property('jdbc.url', url),
    ),
    'objects/s3-site.xml': site(property('fs.s3a.session.token', '${env:REPORTS_API_TOKEN}')),
  }
  for (const [path, content] of Object.entries(files)) {
    const file = join(standIn.layout.seed, 'servers', path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, content)
  }
}

/** What a user of the database does, and what goes wrong for them. */
async function useDatabase(rig: Rig): Promise<void> {
  await rig.query(`CREATE ROLE bob LOGIN PASSWORD '${secrets.role}'`)
  await rig.query(`ALTER ROLE bob\n  WITH PASSWORD\n  $$${secrets.role}$$`)
  const wrong = [
    `CREATE ROLE bob LOGIN PASSWORD E'${secrets.role}'`,
    `ALTER ROLE bob PASSWORD "${secrets.role}"`,
    `ALTER ROLE bob PASSWORD ${secrets.role}`,
    `CREATE USER MAPPING FOR bob SERVER none OPTIONS (user 'u', "password" '${secrets.userMapping}')`,
    `DO $do$ BEGIN EXECUTE 'ALTER ROLE nobody PASSWORD ''${secrets.role}'''; END $do$`,
    `SELECT public.dblink('host=h user=u password=${secrets.userMapping}', 'SELECT 1')`,
    `SELECT 'postgresql://u:${secrets.userMapping}@h/d'::int`,
  ]
  for (const sql of wrong) await expect(rig.query(sql)).rejects.toBeInstanceOf(Error)
  const client = connection(rig.standIn)
  await client.connect()
  await client.query("SELECT $1::text || ' is the new password'", [secrets.bound])
  await client.end()
}

/** The arguments of every process while it is at work. */
function watchArguments(): { readonly seen: Set<string>; readonly stop: () => void } {
  const seen = new Set<string>()
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      } catch {
        // gone in the meantime
      }
    }
  }
  const timer = setInterval(look, 10)
  return { seen, stop: () => clearInterval(timer) }
}

async function command(rig: Rig, ...args: string[]): Promise<string> {
  const child = launchSupervisor({ root: rig.standIn.root, environment: rig.standIn.environment, args })
  const outputs = [child.stdout, child.stderr].flatMap((stream) => (stream === null ? [] : [textOf(stream)]))
  return (await Promise.all(outputs)).join('\n')
}

/** Everything that is said of a run, by what said it. */
async function answersOf(rig: Rig): Promise<Record<string, string>> {
  const base = `http://127.0.0.1:${rig.standIn.ports.health}`
  const [paths, commands] = [
    ['/', '/status', '/history', '/metrics', '/readyz', '/livez', '/startupz'],
    [['doctor'], ['doctor', '--json'], ['config'], ['status'], ['status', '--json'], ['seed', '--dry-run']],
  ]
  const answers: Record<string, string> = {}
  for (const path of paths) answers[path] = await (await fetch(base + path)).text()
  for (const words of commands) answers[words.join(' ')] = await command(rig, ...words)
  return answers
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

const secretsIn = (text: string): Secret[] =>
  (Object.keys(secrets) as Secret[]).filter((name) => text.includes(secrets[name]))

/** `place: secret`, sorted. */
const found = (places: Readonly<Record<string, string>>): string[] =>
  Object.entries(places)
    .flatMap(([place, text]) => secretsIn(text).map((secret) => `${place}: ${secret}`))
    .toSorted()

/** The volume, the home and where sockets and notes lie; the server's own log apart. */
function foundInFiles({ standIn: { root, layout } }: Rig): { files: string[]; serverLogs: string[] } {
  const paths = [layout.data, layout.home, layout.sockets, layout.state].flatMap(filesBelow)
  const all = paths.flatMap((path) => {
    const text = readFileSync(path, 'latin1')
    return secretsIn(text).map((secret) => ({ path: relative(root, path), secret }))
  })
  const isLog = ({ path }: { path: string }) => /\/pg_log\//.test(path)
  const files = all.filter((one) => !isLog(one)).map(({ path, secret }) => `${path}: ${secret}`)
  return { files: files.toSorted(), serverLogs: [...new Set(all.filter(isLog).map(({ secret }) => secret))] }
}

const logOf = (run: Run): string =>
  run
    .log()
    .map((line) => JSON.stringify(line))
    .join('\n')

const logIsFollowed = (rig: Rig, run: Run) =>
  eventually('the log of the server is followed', async () => {
    await rig.query("SELECT 'followed'")
    return logOf(run).includes("SELECT 'followed'")
  })

describe('a secret', () => {
  it('is in no answer, line, argument or file but where it has to be', async () => {
    const rig = await createRig(environment)
    await seedServers(rig)
    const watched = watchArguments()
    const first = rig.start()
    await first.answers('/readyz')
    await logIsFollowed(rig, first)
    await useDatabase(rig)
    await eventually('the last statement is in our log', () => /parameters: \*\*\*/i.test(logOf(first)))
    await first.stop()
    // The database has another password by then, which is told.
    const second = rig.start({ PG_HBA_SAMEHOST: 'md5' })
    await second.answers('/readyz')
    const answers = await answersOf(rig)
    expect(await second.stop()).toBe(0)
    watched.stop()

    expect(found({ ...answers, 'first log': logOf(first), 'second log': logOf(second) })).toEqual([])
    expect(found({ arguments: [...watched.seen].join('\n') })).toEqual([])
    const ours = [...watched.seen].filter((words) => words.includes(`${rig.standIn.root}/`))
    expect(ours.some((words) => words.includes('gpinitsystem'))).toBe(true)

    const { files, serverLogs } = foundInFiles(rig)
    expect(files).toEqual([
      'data/pxf/servers/bookings-db/jdbc-site.xml: sourceOfTheSeed',
      'data/pxf/servers/objects/s3-site.xml: token',
      'data/pxf/servers/reports/jdbc-site.xml: inTheUrl',
    ])
    for (const path of ['bookings-db/jdbc-site.xml', 'objects/s3-site.xml'])
      expect(statSync(join(rig.data, 'pxf/servers', path)).mode & 0o777).toBe(0o600)
    // The server's own log on the volume has the statements of users as they were typed; ours are not in it.
    expect(serverLogs.toSorted()).toEqual(['bound', 'role', 'userMapping'])
    // The statements were in our log all the same.
    expect(logOf(first)).toContain("CREATE ROLE bob LOGIN PASSWORD '***'")
  })

  it('is found by this search where somebody puts it into the open', async () => {
    const rig = await createRig({ ...environment, GREENPLUM_PXF_ENABLE: 'false' })
    const watched = watchArguments()
    const run = rig.start()
    await run.answers('/readyz')
    await logIsFollowed(rig, run)
    await rig.query(`SELECT 'nobody knows what ${secrets.role} is'`)
    await eventually('the statement is in the log', () => secretsIn(logOf(run)).length > 0 || undefined)
    const child = launchSupervisor({
      root: rig.standIn.root,
      environment: rig.standIn.environment,
      args: ['health', '--for', secrets.inTheUrl],
    })
    await new Promise((resolve) => child.once('close', resolve))
    await writeFile(join(rig.standIn.layout.home, 'note.txt'), `remember: ${secrets.token}`)
    await run.stop()
    watched.stop()
    expect(found({ log: logOf(run), arguments: [...watched.seen].join('\n') })).toEqual([
      'arguments: inTheUrl',
      'log: role',
    ])
    expect(foundInFiles(rig)).toMatchObject({ files: ['home/note.txt: token'], serverLogs: ['role'] })
  })
})
