import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { createLoggers } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { csv } from './csv.fixture.ts'
import { createServerLogs } from './server-logs.ts'

type Line = Readonly<Record<string, unknown>>

/** A volume with a coordinator, a primary and a mirror, none of which runs. */
async function volume() {
  const data = await mkdtemp(join(tmpdir(), 'volume-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const servers = { 'master/gpseg-1': 5432, '00/primary/gpseg0': 6000, '01/mirror/gpseg1': 7001 }
  for (const [path, port] of Object.entries(servers)) {
    for (const name of ['global/pg_control', 'pg_log'])
      await mkdir(join(data, path, name), { recursive: true })
    await writeFile(join(data, path, 'postgresql.conf'), `port = 1\nport=${port} # of gpinitsystem\n`)
  }
  await writeFile(join(data, '01/mirror/gpseg1/recovery.conf'), '')
  const add = (path: string, ...records: ReturnType<typeof csv>[]) =>
    appendFile(
      join(data, path, 'pg_log/gpdb-2026-11-27_000000.csv'),
      records.map(({ greenplum }) => `${greenplum}\n`).join(''),
    )
  return { data, add }
}

/** `stall` lets nothing out of the sink any more. */
async function following(data: string, variables: Readonly<Record<string, string>> = {}) {
  const environment = {
    GREENPLUM_DATA_DIRECTORY: data,
    GREENPLUM_PASSWORD: 'hunter2-word',
    GREENPLUM_PXF_ENABLE: 'false',
    ...variables,
  }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  const lines: Line[] = []
  let [written, gone, isStalled] = [0, 0, false]
  const sink = {
    isTerminal: false,
    write: (line: string) => {
      lines.push(JSON.parse(line) as Line)
      written += line.length
      if (!isStalled) gone = written
    },
    congested: () => isStalled && written > gone,
    drained: () => new Promise<void>(() => {}),
    flush: () => Promise.resolve(true),
    progress: () => ({ written, gone }),
  }
  const loggers = createLoggers(config, sink, createMask(config, environment))
  const logs = createServerLogs({ config, loggers, sink })
  await logs.start()
  return { lines, finish: () => logs.finish(5000), stall: () => (isStalled = true) }
}

const messages = (lines: readonly Line[]) => lines.map(({ msg }) => msg)
const positions = (data: string) => readFile(join(data, '.gp-supervisor/server-logs.json'), 'utf8')

describe('the logs of the servers', () => {
  it('name the server of each record', async () => {
    const { data, add } = await volume()
    const { lines, finish } = await following(data)
    await add('master/gpseg-1', csv('ERROR', 'a'))
    await add('00/primary/gpseg0', csv('ERROR', 'b'), csv('LOG', 'statement: select 1'))
    await add('01/mirror/gpseg1', csv('PANIC', 'c'))
    await finish()
    expect(lines.toSorted((one, other) => Number(one['content']) - Number(other['content']))).toMatchObject([
      { component: 'gpdb', level: 'error', content: -1, role: 'coordinator', port: 5432, msg: 'a' },
      { component: 'gpdb', level: 'error', content: 0, role: 'primary', port: 6000, msg: 'b' },
      { component: 'gpdb', level: 'fatal', content: 1, role: 'mirror', port: 7001, msg: 'c' },
    ])
  })

  it(
    'arrive while the run goes on, also those of a server that is made later',
    { timeout: 20_000 },
    async () => {
      const { data, add } = await volume()
      const { lines, finish } = await following(data)
      await add('master/gpseg-1', csv('ERROR', 'a'))
      await expect.poll(() => messages(lines), { timeout: 5000 }).toEqual(['a'])
      for (const name of ['global/pg_control', 'pg_log'])
        await mkdir(join(data, '02/primary/gpseg2', name), { recursive: true })
      await add('02/primary/gpseg2', csv('WARNING', 'b'))
      await expect.poll(() => messages(lines), { timeout: 10_000 }).toEqual(['a', 'b'])
      await finish()
    },
  )

  it('begin with what is written from the first start of this program on', async () => {
    const { data, add } = await volume()
    await add('master/gpseg-1', csv('ERROR', 'history'))
    const first = await following(data)
    await add('master/gpseg-1', csv('ERROR', 'a'))
    await first.finish()
    await add('master/gpseg-1', csv('ERROR', 'while nobody followed'))
    const second = await following(data)
    await second.finish()
    expect([messages(first.lines), messages(second.lines)]).toEqual([['a'], ['while nobody followed']])
  })

  it('are relayed again where a reader of the log did not get them', async () => {
    const { data, add } = await volume()
    const first = await following(data)
    await add('master/gpseg-1', csv('ERROR', 'a'))
    await expect.poll(() => messages(first.lines), { timeout: 5000 }).toEqual(['a'])
    first.stall()
    await add('master/gpseg-1', csv('ERROR', 'b'), csv('ERROR', 'c'))
    const begin = performance.now()
    await first.finish()
    // A reader that takes nothing is not waited for as long as one that is slow.
    expect(performance.now() - begin).toBeLessThan(4000)
    expect(messages(first.lines)).toEqual(['a', 'b'])
    const second = await following(data)
    await second.finish()
    expect(messages(second.lines)).toEqual(['b', 'c'])
  })

  it('are not relayed with `off`, and are history afterwards', async () => {
    const { data, add } = await volume()
    await (await following(data)).finish()
    const off = await following(data, { LOG_DATABASE: 'off' })
    await add('master/gpseg-1', csv('PANIC', 'a'))
    await off.finish()
    expect(await positions(data)).not.toContain('gpseg-1')
    const on = await following(data, { LOG_DATABASE: 'all' })
    await add('master/gpseg-1', csv('LOG', 'b'))
    await on.finish()
    expect([messages(off.lines), messages(on.lines)]).toEqual([[], ['b']])
  })

  it.each(['', '{', '{"version":1,"logs":{"master/gpseg-1":{"file":"../x","offset":-1}}}'])(
    'begin at their end if the file with the positions is broken: %s',
    async (text) => {
      const { data, add } = await volume()
      await add('master/gpseg-1', csv('ERROR', 'history'))
      await mkdir(join(data, '.gp-supervisor'))
      await writeFile(join(data, '.gp-supervisor/server-logs.json'), text)
      const { lines, finish } = await following(data)
      await add('master/gpseg-1', csv('ERROR', 'a'))
      await finish()
      expect(messages(lines)).toEqual(['a'])
      expect(await positions(data)).toContain('gpdb-2026-11-27_000000.csv')
    },
  )

  it('have no terminal sequences', async () => {
    const { data, add } = await volume()
    const { lines, finish } = await following(data)
    await add('master/gpseg-1', csv('ERROR', 'a\u001B[31mb\u009B2Jc\u0085'))
    await finish()
    expect(messages(lines)).toEqual(['abc'])
  })

  it('are masked', async () => {
    const { data, add } = await volume()
    const { lines, finish } = await following(data)
    await add('master/gpseg-1', csv('ERROR', `role "x": ALTER ROLE x PASSWORD 'sesame-1'; hunter2-word`))
    await finish()
    expect(messages(lines)).toEqual([`role "x": ALTER ROLE x PASSWORD '***'; ***`])
  })

  it('that cannot be read are told once, and the others are relayed; then they are read', async () => {
    const { data, add } = await volume()
    const folder = join(data, '00/primary/gpseg0/pg_log')
    const file = join(folder, 'gpdb-2026-11-27_000000.csv')
    const { lines, finish } = await following(data)
    // A link that leads to itself can be opened by nobody, root included.
    await symlink(file, file)
    await expect.poll(() => messages(lines), { timeout: 5000 }).toHaveLength(1)
    await add('master/gpseg-1', csv('ERROR', 'b'))
    await expect.poll(() => messages(lines), { timeout: 5000 }).toContain('b')
    await rm(file)
    await add('00/primary/gpseg0', csv('ERROR', 'c'))
    await finish()
    expect(messages(lines)).toEqual([`cannot read the logs in ${folder}; trying again`, 'b', 'c'])
    expect(lines[0]).toMatchObject({
      component: 'supervisor',
      level: 'warn',
      reason: expect.stringContaining('ELOOP'),
    })
  })
})
