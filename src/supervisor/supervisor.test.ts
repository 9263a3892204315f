import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { createLoggers } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { pending, type Part, type Work } from '../parts/part.ts'
import { createSupervisor } from './supervisor.ts'

async function supervisor(parts: readonly Part[] = []) {
  const data = await mkdtemp(join(tmpdir(), 'run-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const environment = {
    GREENPLUM_PASSWORD: 'gpadmin',
    BOOKINGS_DB_PASSWORD: 'rotated-word',
    GREENPLUM_DATA_DIRECTORY: data,
    GREENPLUM_PXF_ENABLE: 'false',
  }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  const lines: string[] = []
  const sink = { ...openSink(2), write: (line: string) => void lines.push(line) }
  const mask = createMask(config, environment)
  const loggers = createLoggers(config, sink, mask)
  const rest = { scriptArguments: [], prelude: {}, versions: {}, pid: 1, startedAtMs: 0 }
  const made = createSupervisor({
    config,
    environment,
    loggers,
    sink,
    mask,
    ...rest,
    parts,
    serverLogs: { start: () => Promise.resolve(), finish: () => Promise.resolve() },
    preflight: () => Promise.resolve([]),
    toolEnvironment: () => Promise.resolve({}),
    onChange: () => {},
  })
  const onVolume = (name: string) => readFile(join(data, '.gp-supervisor', name), 'utf8')
  return { ...made, onVolume, log: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg) }
}

/** A part of its own making, beside no other. */
const only = (work: Work): Part[] => [
  { name: 'trial', after: [], begins: () => pending('waits'), create: () => work },
]

describe('the reason of a stop', () => {
  it('is masked, whoever gave it', async () => {
    const { fail, snapshot } = await supervisor()
    fail(new Error("near 'rotated-word', jdbc:x://db?password=hunter2"))
    expect(snapshot().stopReason).toContain('near')
    expect(snapshot().stopReason).not.toMatch(/rotated-word|hunter2/)
  })
})

describe('a preparation that fails', () => {
  it('ends the run in its history and in the record of its stop, the reason masked', async () => {
    const { run, history, onVolume } = await supervisor(
      only({ prepare: () => Promise.reject(new Error("refused 'rotated-word'")) }),
    )
    expect(await run()).toBe(70)
    const end = { how: 'stopped', reason: "refused '***'", exitCode: 70, proven: true, phase: 'preparing' }
    expect(history()).toMatchObject([{ end }])
    expect(JSON.parse(await onVolume('history.json'))).toMatchObject({ runs: [{ end }] })
    expect(JSON.parse(await onVolume('last-stop.json'))).toMatchObject({ reason: "refused '***'" })
  })
})

describe('a stop', () => {
  it('reaches what is still being prepared', async () => {
    const began = Promise.withResolvers<void>()
    const parts = only({
      prepare: (signal) => {
        began.resolve()
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        )
      },
    })
    const { run, requestStop, log } = await supervisor(parts)
    const exit = run()
    await began.promise
    requestStop('SIGTERM')
    expect(await exit).toBe(0)
    expect(log().slice(-2)).toEqual(['phase', 'stopped before anything ran'])
    expect(log()).not.toContain('the preparation failed during the stop')
  })

  it('ends every verb of a part by its signal, then asks it to stop', async () => {
    const heard: string[] = []
    const part = (verb: string) => (signal: AbortSignal) =>
      new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => {
          heard.push(verb)
          resolve()
        }),
      )
    const stopped = {
      steps: [],
      directories: [{ path: '/d', state: 'in production', clean: false }],
      proven: false,
      firstStartUnfinished: false,
    }
    const { run, requestStop, snapshot, history } = await supervisor(
      only({
        run: part('run'),
        stop: async () => {
          heard.push('stop')
          return stopped
        },
      }),
    )
    const exit = run()
    await expect.poll(() => snapshot().phase).toBe('starting')
    requestStop('SIGTERM')
    expect(await exit).toBe(75)
    const end = { how: 'stopped', reason: 'SIGTERM', exitCode: 75, proven: false, phase: 'starting' }
    expect(history()).toMatchObject([{ end }])
    expect(heard).toEqual(['run', 'stop'])
  })

  it('comes by itself over an error that nobody expected in a part', async () => {
    const { run, log } = await supervisor(only({ run: () => Promise.reject(new Error('x is undefined')) }))
    expect(await run()).toBe(70)
    expect(log().at(-1)).toContain('exit 70: internal error: x is undefined')
  })
})
