import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { logFinding } from './finding.ts'
import { createLoggers, type Loggers } from './logger.ts'
import { createMask } from './mask.ts'

/** What `speak` writes, with a time that is always the same. */
function written(speak: (loggers: Loggers) => void, variables = {}, isTerminal = false): string {
  const environment = { GREENPLUM_PASSWORD: 'secret-word', LOG_FORMAT: 'pretty', ...variables }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  let text = ''
  const sink = { isTerminal, write: (line: string) => void (text += line) }
  speak(createLoggers(config, sink, createMask(config, environment)))
  return text.replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, '08:33:03.216')
}

const said = (loggers: Loggers) => loggers('supervisor')

describe('LOG_FORMAT=pretty', () => {
  it('is one line an event, with the time, and without fields that are empty', () => {
    const text = written((loggers) => {
      const { info, warn } = said(loggers)
      info('listening', { host: '127.0.0.1', port: 8008, sockets: [], reason: '' })
      info('component changed', {
        part: 'gpdb',
        from: 'pending',
        to: 'starting',
        reason: 'the start script is running',
      })
      info('component changed', { part: 'gpdb', from: 'starting', to: 'ready', reason: '' })
      info('ready', { seconds: 11.2, timelineMs: { ready: 11_213 } })
      warn('degraded: the other components keep running', {
        parts: [{ part: 'pxf', state: 'failed', reason: 'gave up' }],
      })
      info('ready again')
      loggers('gp-tool').relay('warn', 'no mirrors', { tool: 'gpstart' })
      info('shut down cleanly, verified', { exitCode: 0, reason: 'SIGTERM' })
    })
    expect(text).toBe(
      [
        '08:33:03.216 info  supervisor listening host=127.0.0.1 port=8008',
        '08:33:03.216 info  supervisor gpdb starting: the start script is running',
        '08:33:03.216 info  supervisor gpdb ready',
        '08:33:03.216 info  supervisor READY in 11.2 s',
        '08:33:03.216 warn  supervisor degraded: the other components keep running',
        '             parts: pxf: failed: gave up',
        '08:33:03.216 info  supervisor READY again',
        '08:33:03.216 warn  gp-tool    gpstart: no mirrors',
        '08:33:03.216 info  supervisor shut down cleanly, verified',
        '',
      ].join('\n'),
    )
  })

  it('explains a finding in lines below it', () => {
    const found = { id: 'place.open-files', severity: 'warning', where: 'gpdb' } as const
    expect(
      written((loggers) =>
        logFinding(said(loggers), {
          ...found,
          text: 'too few files',
          cause: 'one\ntwo',
          fix: 'raise the limit',
        }),
      ),
    ).toBe(
      [
        '08:33:03.216 warn  supervisor too few files (place.open-files) where=gpdb',
        '             cause:',
        '               one',
        '               two',
        '             fix: raise the limit',
        '',
      ].join('\n'),
    )
  })

  it('shows what is to be known of a record of a server, whatever its text', () => {
    const about = { content: 1, role: 'primary', port: 6001 }
    const fields = {
      at: 'now',
      severity: 'ERROR',
      user: 'bob',
      process: 'p1',
      sqlstate: '42P01',
      hint: 'create it',
    }
    const text = written((loggers) => {
      loggers('gpdb', about).relay('error', 'relation "t" does not exist\nhere', fields)
      loggers('gpdb', about).relay('warn', 'ready', { sqlstate: '00000' })
      loggers('pxf').relay('error', 'no driver', { at: 'now', logger: 'o.g.p.J', stack: 'a.B: c\n\tat d' })
    })
    expect(text).toBe(
      [
        '08:33:03.216 error gpdb       primary 1: relation "t" does not exist user=bob sqlstate=42P01',
        '             here',
        '             hint: create it',
        '08:33:03.216 warn  gpdb       primary 1: ready',
        '08:33:03.216 error pxf        no driver logger=o.g.p.J',
        '             stack:',
        '               a.B: c',
        '               \tat d',
        '',
      ].join('\n'),
    )
  })

  it('has colours on a terminal alone, unless NO_COLOR is set', () => {
    const speak = (loggers: Loggers) => said(loggers).info('ready', { seconds: 1 })
    expect(written(speak, {}, true)).toContain('\u001B[1m\u001B[32mREADY in 1.0 s\u001B[39m\u001B[22m')
    expect(written(speak)).toBe('08:33:03.216 info  supervisor READY in 1.0 s\n')
    expect(written(speak, { NO_COLOR: '1' }, true)).toBe(written(speak))
  })

  it('masks secrets, and lets nothing control the terminal', () => {
    expect(written((loggers) => loggers('gpdb').relay('warn', '\u001B[2Jno secret-word'))).toBe(
      '08:33:03.216 warn  gpdb       ?[2Jno ***\n',
    )
  })

  describe('leaves routine out', () => {
    const server = { content: 0, role: 'primary', port: 6000 }
    const routine = (loggers: Loggers) => {
      const [gpdb, tool] = [loggers('gpdb'), loggers('gp-tool')]
      said(loggers).info('phase', { from: 'starting', to: 'configuring', event: 'database-accepting' })
      gpdb.relay('info', '[STEP 1 of 5] create local ID and authorize on local host')
      gpdb.relay('info', '....')
      tool.relay('info', 'Database successfully started', { tool: 'gpstart' })
      tool.relay('info', 'repeated', { tool: 'gpstart', line: '.', count: 3, seconds: 1 })
      loggers('pxf').relay('info', '   PXF_HOME=/usr/local/pxf', { tool: 'pxf' })
      loggers('gpdb', server).relay('info', 'database system is ready to accept connections')
    }
    const lines = (text: string) => text.split('\n').length - 1

    it('but not with a level of details', () => {
      expect(written(routine)).toBe('')
      expect(lines(written(routine, { LOG_LEVEL: 'debug' }))).toBe(7)
    })

    it('and nothing else: no warning or error, and nothing that is not known', () => {
      const news = (loggers: Loggers) => {
        for (const level of ['warn', 'error', 'fatal'] as const) {
          loggers('gp-tool').relay(level, 'Database successfully started', { tool: 'gpstart' })
          loggers('gpdb').relay(level, '....')
        }
        loggers('gpdb').relay('info', 'no such table')
        loggers('gpdb').relay('info', 'Executing custom init scripts')
        loggers('gp-tool').relay('info', 'fast start: 3 servers started in 0.4 s', { tool: 'gp-supervisor' })
        loggers('pxf').relay('info', 'PXF not responding, re-trying after 1 second', { tool: 'pxf' })
        loggers('gpdb', server).relay('info', 'server process (PID 7) was terminated by signal 9: Killed')
        loggers('gpdb', server).relay('info', 'redo starts at 0/1')
        loggers('gpdb', server).relay('info', 'statement: SELECT 1')
      }
      expect(lines(written(news))).toBe(13)
    })
  })
})
