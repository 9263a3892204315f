/** A cluster that was shut down, and a fast start of it by itself, with some of its checks left out. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { Client } from 'pg'
import { expect } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import type { CheckName } from '../../src/fast-start/judge.ts'
import type { Outcome } from '../../src/fast-start/start.ts'
import { connection, createRig, type Rig } from './rig.ts'

/** A rig whose first start is done, shut down. */
export async function initializedRig(): Promise<Rig> {
  const rig = await createRig({ GREENPLUM_PXF_ENABLE: 'false' })
  const run = rig.start()
  await run.answers('/readyz')
  await rig.query('CREATE TABLE kept AS SELECT * FROM generate_series(1, 100) AS n')
  expect(await run.stop()).toBe(0)
  return rig
}

export const directoryOf = ({ data }: Rig, content: number): string =>
  join(data, content === -1 ? 'master/gpseg-1' : `0${content}/primary/gpseg${content}`)

/** Runs it as the administrator, without a supervisor. What it starts is stopped with the rig. */
export async function fastStartWithout(
  { standIn: { root, environment } }: Rig,
  checks: readonly (CheckName | 'catalog')[],
): Promise<Outcome> {
  const file = join(root, 'without.cjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'fast-start-without.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native'],
    logLevel: 'error',
  })
  const { stdout } = await promisify(execFile)(
    environment['STANDIN_NODE'] ?? join(root, 'bin/node'),
    [file, JSON.stringify(checks)],
    { env: environment, cwd: root, ...accountToDropTo() },
  )
  return JSON.parse(stdout) as Outcome
}

/** A program of PostgreSQL, as the administrator. */
export const runProgram = ({ standIn: { layout } }: Rig, name: string, words: readonly string[]) =>
  promisify(execFile)(join(layout.postgresPrograms, name), words, {
    cwd: layout.state,
    ...accountToDropTo(),
  })

/** @returns what the server says */
export async function startByHand(rig: Rig, content: number): Promise<string> {
  const log = join(rig.standIn.layout.state, 'by-hand.log')
  const words = ['start', '-D', directoryOf(rig, content), '-w', '-t', '20', '-l', log]
  await runProgram(rig, 'pg_ctl', words).catch(() => {})
  return readFileSync(log, 'utf8')
}

async function withClient<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export const withConnection = <T>({ standIn }: Rig, work: (client: Client) => Promise<T>) =>
  withClient(connection(standIn), work)

export const withSegment = <T>({ standIn }: Rig, content: number, work: (client: Client) => Promise<T>) =>
  withClient(
    new Client({
      host: '127.0.0.1',
      port: standIn.ports.coordinator + 1 + content,
      user: 'gpadmin',
      database: 'postgres',
    }),
    work,
  )
