import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { createLoggers } from './logger.ts'
import { createMask } from './mask.ts'
import { openSink } from './sink.ts'
import { createWarnings } from './warnings.ts'

async function loggersOf(more: Readonly<Record<string, string>> = {}) {
  const environment = { GREENPLUM_PASSWORD: 'not-for-you', ...more }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  let changes = 0
  const warnings = createWarnings(() => changes++)
  const sink = { ...openSink(2), write: () => {} }
  const mask = createMask(config, environment)
  const loggers = createLoggers(config, sink, mask, warnings.remember)
  return { loggers, latest: warnings.latest, changes: () => changes }
}

describe('the latest warnings', () => {
  it('are what is logged with level warn and worse, the program’s own and what it relays', async () => {
    const { loggers, latest, changes } = await loggersOf()
    const own = loggers('supervisor')
    own.info('phase')
    own.warn('it is odd', { reason: 'because', count: 1 })
    own.error('finding', { id: 'place.disk', text: 'the disk is full' })
    const server = loggers('gpdb', { content: 0 })
    server.relay('info', 'statement: SELECT 1')
    server.relay('fatal', 'out of memory', { sqlstate: '53200' })
    expect(latest().map(({ at, ...rest }) => ({ ...rest, at: Date.parse(at) > 0 }))).toEqual([
      { at: true, level: 'warn', component: 'supervisor', message: 'it is odd', reason: 'because' },
      { at: true, level: 'error', component: 'supervisor', message: 'finding', reason: 'the disk is full' },
      { at: true, level: 'fatal', component: 'gpdb', message: 'out of memory' },
    ])
    expect(changes()).toBe(3)
  })

  it('are those of the log: what its level leaves out is not among them', async () => {
    const { loggers, latest } = await loggersOf({ LOG_LEVEL: 'error' })
    loggers('supervisor').warn('a')
    loggers('gpdb').relay('warn', 'b')
    loggers('gpdb').relay('error', 'c')
    expect(latest().map(({ message }) => message)).toEqual(['c'])
  })

  it('are twenty at most, each short, and without what controls a terminal', async () => {
    const { loggers, latest } = await loggersOf()
    for (let count = 0; count < 50; count++) loggers('pxf').relay('error', `number ${count}`)
    expect(latest().map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, index) => `number ${index + 30}`),
    )
    loggers('pxf').relay('error', `\u001b[31m${'long '.repeat(1000)}`, { reason: 'x'.repeat(1000) })
    const last = latest().at(-1)
    expect(last?.message).toHaveLength(401)
    expect(last?.message).toMatch(/^\?\[31mlong .*…$/)
    expect(last?.reason).toHaveLength(401)
  })

  it.each(['json', 'pretty'])('have no secret, also none that is cut in two (%s)', async (format) => {
    const { loggers, latest } = await loggersOf({ LOG_FORMAT: format })
    const cut = `${'.'.repeat(395)}not-for-you`
    loggers('supervisor').warn(cut, { reason: cut })
    loggers('gpdb').relay('error', cut, { reason: "ALTER ROLE a PASSWORD 'hunter2hunter2'" })
    const text = JSON.stringify(latest())
    expect(text).not.toContain('not-f')
    expect(text).not.toContain('hunter2')
    expect(text).toContain('***')
  })
})
