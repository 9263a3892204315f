/** The logs of real servers in the log of the supervisor: numbered messages, none of which may be missing or come twice. */
import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { createRig, eventually, killContainer, sleep, type LogRecord, type Rig, type Run } from './rig.ts'

const withoutPxf = { GREENPLUM_PXF_ENABLE: 'false' }

/** One WARNING for each number. */
const warn = (rig: Rig, from: number, to: number, padding = '') =>
  rig.query(
    `DO $$ BEGIN FOR number IN ${from}..${to} LOOP RAISE WARNING 'number % ${padding}', number; END LOOP; END $$`,
  )

const numbersIn = (log: readonly LogRecord[]): number[] =>
  log.flatMap(({ msg }) => {
    const found = /^number (\d+)\b/.exec(msg)
    return found === null ? [] : [Number(found[1])]
  })

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const arrived = (run: Run, number: number) =>
  eventually(`number ${number} is in the log`, () => numbersIn(run.log()).includes(number) || undefined)

const logFiles = async (rig: Rig, server = 'master/gpseg-1') =>
  (await readdir(join(rig.data, server, 'pg_log'))).filter((name) => name.endsWith('.csv'))

async function readyRig(environment: Readonly<Record<string, string>> = {}) {
  const rig = await createRig({ ...withoutPxf, ...environment })
  const run = rig.start()
  await run.answers('/readyz')
  return { rig, run }
}

describe('the log of a server', () => {
  it('is followed beyond rotations by hand and by size: nothing is lost, nothing comes twice', async () => {
    const { rig, run } = await readyRig()
    await warn(rig, 1, 20)
    await arrived(run, 20)
    const before = await logFiles(rig)
    // The name of a log file has no fractions of a second.
    await sleep(1100)
    await rig.query('SELECT pg_rotate_logfile()')
    await eventually(
      'there is another file',
      async () => (await logFiles(rig)).length > before.length || undefined,
    )
    await warn(rig, 21, 40)
    await arrived(run, 40)

    await rig.query("ALTER SYSTEM SET log_rotation_size = '64kB'", 'postgres')
    await rig.query('SELECT pg_reload_conf()')
    for (let from = 41; from < 400; from += 60) {
      await warn(rig, from, from + 59, 'x'.repeat(1500))
      await sleep(1100)
    }
    await arrived(run, 400)
    expect((await logFiles(rig)).length).toBeGreaterThan(before.length + 3)
    expect(await run.stop()).toBe(0)
    expect(numbersIn(run.log())).toEqual(upTo(400))
  })

  it('is named by its server, a segment as well as the coordinator, and its start and stop are told', async () => {
    const { rig, run } = await readyRig()
    const { coordinator } = rig.standIn.ports
    // The segments have the ports after the coordinator's.
    const port = coordinator + 1
    await expect(rig.query('SELECT nowhere')).rejects.toThrow('nowhere')
    const segment = new Client({
      host: '127.0.0.1',
      port,
      user: 'gpadmin',
      database: 'postgres',
      password: 'gpadmin',
    })
    await segment.connect()
    await expect(segment.query('SELECT here_neither')).rejects.toThrow('here_neither')
    await segment.end()
    const find = (msg: RegExp) => run.log().filter((line) => msg.test(line.msg))
    await eventually(
      'both errors are in the log',
      () => find(/"(nowhere|here_neither)"/).length === 2 || undefined,
    )
    expect(find(/"nowhere"/)).toMatchObject([
      {
        level: 'error',
        component: 'gpdb',
        content: -1,
        role: 'coordinator',
        port: coordinator,
        sqlstate: '42703',
      },
    ])
    expect(find(/"here_neither"/)).toMatchObject([
      { level: 'error', component: 'gpdb', content: 0, role: 'primary', port, sqlstate: '42703' },
    ])
    expect(await run.stop()).toBe(0)
    const contents = (msg: RegExp) => new Set(find(msg).map(({ content }) => content))
    expect(contents(/^database system is ready to accept connections/)).toEqual(new Set([-1, 0, 1]))
    expect(contents(/^database system is shut down/)).toEqual(new Set([-1, 0, 1]))
    expect(run.log().at(-1)?.msg).toBe('shut down cleanly, verified')
    // By default, statements are not relayed.
    expect(find(/^statement: /)).toEqual([])
  })

  it('goes on after a kill of the supervisor where that left off', async () => {
    const { rig, run } = await readyRig()
    await warn(rig, 1, 50)
    await arrived(run, 50)
    // What was relayed is saved by then.
    await sleep(5000)
    run.child.kill('SIGKILL')
    await run.exited
    await warn(rig, 51, 100)
    await killContainer(rig)
    const again = rig.start()
    await again.answers('/readyz')
    await warn(rig, 101, 120)
    await arrived(again, 120)
    expect(await again.stop()).toBe(0)
    expect([...numbersIn(run.log()), ...numbersIn(again.log())]).toEqual(upTo(120))

    // Without the file it begins at the end of what there is (control).
    await rig.query('SELECT 1').catch(() => {})
    const later = rig.start()
    await later.answers('/readyz')
    await warn(rig, 121, 122)
    await arrived(later, 122)
    expect(numbersIn(later.log())).toEqual([121, 122])
    expect(await later.stop()).toBe(0)
  })

  it('is relayed whole with `all`, each statement once', async () => {
    const { rig, run } = await readyRig({ LOG_DATABASE: 'all' })
    for (const number of upTo(20)) await rig.query(`SELECT 'statement ${number}'`)
    const statements = () => run.log().flatMap(({ msg }) => /'(statement \d+)'/.exec(msg)?.[1] ?? [])
    await eventually('the last is in the log', () => statements().includes('statement 20') || undefined)
    expect(await run.stop()).toBe(0)
    expect(statements()).toEqual(upTo(20).map((number) => `statement ${number}`))
  })

  it('is not relayed with `off`', async () => {
    const { rig, run } = await readyRig({ LOG_DATABASE: 'off' })
    await warn(rig, 1, 5)
    await sleep(3000)
    expect(await run.stop()).toBe(0)
    expect(numbersIn(run.log())).toEqual([])
    expect(run.log().filter(({ content }) => content !== undefined)).toEqual([])
  })
})

describe('the service log of PXF', () => {
  it('is relayed from WARN on, a stack trace as one record', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    const trace = 'java.io.IOException: no\n\tat a.B.c(B.java:1)'
    const time = '2026-11-27 03:14:15.123 UTC'
    await appendFile(
      join(rig.data, 'pxf/logs/pxf-service.log'),
      `${time}  INFO [:] 1 --- [main] a.B : quiet\n${time} ERROR [:] 1 --- [main] a.B : loud\n${trace}\n`,
    )
    await eventually(
      'the error is in the log',
      () => run.log().some(({ msg }) => msg === 'loud') || undefined,
    )
    expect(await run.stop()).toBe(0)
    const found = run.log().filter(({ logger }) => logger === 'a.B')
    expect(found).toMatchObject([{ component: 'pxf', level: 'error', msg: 'loud', stack: trace }])
  })
})
