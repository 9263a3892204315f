import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { createLoggers } from './logger.ts'
import { createMask } from './mask.ts'
import { openSink, type LogSink } from './sink.ts'
import { hasTerminals, openTerminal } from './terminal.fixture.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'sink-'))))
afterEach(() => rm(folder, { recursive: true }))

/** A named pipe with a reader that begins only when it is told to. The sink owns its end and keeps it. */
async function stalledPipe(read = 'cat') {
  const path = join(folder, 'pipe')
  spawnSync('mkfifo', [path])
  const reader = spawn('bash', ['-c', `exec 3<"${path}"; read -r go; exec <&3; ${read}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const fd = openSync(path, 'w')
  let text = ''
  reader.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise((resolve) => reader.once('close', resolve))
  return { fd, reader, ended, text: () => text, go: () => void reader.stdin.write('go\n') }
}

describe('openSink', () => {
  it('keeps the event loop free while the reader stalls, says so, and delivers every line', async () => {
    const pipe = await stalledPipe()
    const sink = openSink(pipe.fd)
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(40)}`)
    for (const line of lines) sink.write(`${line}\n`)
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    expect(await sink.flush(100)).toBe(false)
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(sink.congested()).toBe(true)
    const drained = sink.drained()
    pipe.go()
    await drained
    expect(await sink.flush(5000)).toBe(true)
    await vi.waitFor(() => expect(pipe.text().trimEnd().split('\n')).toEqual(lines), 5000)
    pipe.reader.kill('SIGKILL')
  })

  it('goes on without a log when its reader is gone', async () => {
    const pipe = await stalledPipe()
    pipe.reader.kill('SIGKILL')
    await pipe.ended
    const sink = openSink(pipe.fd)
    sink.write('one\n')
    expect(await sink.flush(1000)).toBe(true)
    expect(() => sink.write('two\n')).not.toThrow()
    expect(sink.congested()).toBe(false)
  })
})

/** Milliseconds that the last flush took, and what it answered. */
async function timedFlush(sink: LogSink) {
  const begin = performance.now()
  const all = await sink.flush(10_000)
  return { all, ms: performance.now() - begin }
}

const manyLines = (sink: LogSink) => {
  for (let i = 0; i < 20_000; i++) sink.write(`${i} ${'x'.repeat(90)}\n`)
}

describe('a flush at the end', { timeout: 20_000 }, () => {
  it('waits for a reader that is slow, as long as it takes something', async () => {
    const pipe = await stalledPipe('for i in {1..16}; do head -c 8192; sleep 0.2; done; cat')
    const sink = openSink(pipe.fd)
    for (let i = 0; i < 2000; i++) sink.write(`${i} ${'x'.repeat(90)}\n`)
    pipe.go()
    const { all, ms } = await timedFlush(sink)
    expect(all).toBe(true)
    expect(ms).toBeGreaterThan(1000)
    await vi.waitFor(() => expect(pipe.text().trimEnd().split('\n')).toHaveLength(2000), 5000)
    pipe.reader.kill('SIGKILL')
  })

  it('gives up a reader that takes nothing', async () => {
    const pipe = await stalledPipe()
    const sink = openSink(pipe.fd)
    manyLines(sink)
    const { all, ms } = await timedFlush(sink)
    expect(all).toBe(false)
    expect(ms).toBeLessThan(3000)
    pipe.reader.kill('SIGKILL')
  })

  it('is over at once on a full device, and nobody is held back', async () => {
    const fd = openSync('/dev/full', 'w')
    const sink = openSink(fd)
    manyLines(sink)
    const { all, ms } = await timedFlush(sink)
    expect(all).toBe(true)
    expect(ms).toBeLessThan(3000)
    expect(sink.congested()).toBe(false)
    closeSync(fd)
  })

  it.skipIf(!hasTerminals)('is over at once on a terminal that was closed', async () => {
    const terminal = await openTerminal()
    const sink = openSink(terminal.fd)
    await terminal.hangUp()
    manyLines(sink)
    const { all, ms } = await timedFlush(sink)
    expect(all).toBe(true)
    expect(ms).toBeLessThan(3000)
    terminal.release()
  })

  it.skipIf(!hasTerminals)('gives up a terminal that is paused, and goes on when it goes on', async () => {
    const terminal = await openTerminal()
    const sink = openSink(terminal.fd)
    terminal.pause()
    manyLines(sink)
    const { all, ms } = await timedFlush(sink)
    expect(all).toBe(false)
    expect(ms).toBeLessThan(3000)
    terminal.resume()
    expect(await sink.flush(60_000)).toBe(true)
    terminal.release()
  })
})

describe('a disk that was full', { timeout: 20_000 }, () => {
  it('gets the log again, and no line runs into the one that was cut', async () => {
    const path = join(folder, 'log')
    const program = `
      import { openSink } from ${JSON.stringify(new URL('sink.ts', import.meta.url).pathname)}
      const sink = openSink(1)
      for (let i = 0; i < 100; i++) sink.write('before ' + 'x'.repeat(500) + '\\n')
      await sink.flush(1000)
      process.send('full')
      await new Promise((resolve) => process.once('message', resolve))
      sink.write('after\\n')
      await sink.flush(1000)
      process.exit(0)
    `
    // A file that may not grow beyond a size is a full disk, but for the name of the error.
    const child = spawn(
      'bash',
      ['-c', 'ulimit -f 10; exec "$0" --input-type=module -e "$1" >>"$2"', process.execPath, program, path],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    )
    await once(child, 'message')
    const before = await readFile(path, 'utf8')
    expect(before).toHaveLength(10 * 1024)
    expect(before.endsWith('\n')).toBe(false)
    await truncate(path, 5000)
    const exited = once(child, 'exit')
    child.send('go')
    expect(await exited).toEqual([0, null])
    expect((await readFile(path, 'utf8')).slice(5000)).toBe('\nafter\n')
  })
})

describe('createLoggers', () => {
  const written: string[] = []
  const sink = { ...openSink(2), write: (line: string) => void written.push(line) }
  const loggersFor = (environment: Record<string, string>) => {
    const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
    return createLoggers(config, sink, createMask(config, environment))
  }

  it('writes one object a line with time, level, component and message', () => {
    written.length = 0
    const loggers = loggersFor({ GREENPLUM_PASSWORD: 'gpadmin' })
    loggers('gpdb').relay('warn', 'a message', { tool: 'gpstart' })
    expect(JSON.parse(written[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      component: 'gpdb',
      tool: 'gpstart',
      msg: 'a message',
    })
  })

  it('masks the password wherever it comes from, quotes and all', () => {
    written.length = 0
    const loggers = loggersFor({ GREENPLUM_PASSWORD: 'se"cr\\et 1' })
    loggers('gpdb').relay('info', `statement: alter role gpadmin password 'se"cr\\et 1'`)
    expect(written[0]).toContain(`password '***'`)
    expect(written[0]).not.toContain('cr')
  })

  it('masks what is JSON itself, and what JSON would escape', () => {
    written.length = 0
    const secret = 'se"cr\\et 1'
    const loggers = loggersFor({ GREENPLUM_PASSWORD: secret })
    const { info } = loggers('pxf')
    info(JSON.stringify({ login: secret }))
    info('', { detail: `IDENTIFIED\n\tBY 'hunter2'` })
    info('', { dropped: [{ file: secret, relations: [secret] }] })
    for (const line of written) {
      expect(line).toContain('***')
      expect(line).not.toMatch(/cr|hunter2/)
    }
  })

  it('writes only what is important enough, and fields of every line', () => {
    written.length = 0
    const loggers = loggersFor({ GREENPLUM_PASSWORD: 'gpadmin', LOG_LEVEL: 'warn' })
    const { info, warn, relay } = loggers('gpdb', { content: 0 })
    info('a')
    warn('b')
    relay('debug', 'c')
    relay('fatal', 'd')
    expect(written.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', content: 0, msg: 'b' },
      { level: 'fatal', content: 0, msg: 'd' },
    ])
  })

  it('masks every variable that is named as a secret', () => {
    written.length = 0
    const loggers = loggersFor({ GREENPLUM_PASSWORD: 'gpadmin', BOOKINGS_DB_PASSWORD: 'rotated-word' })
    loggers('pxf').info('FATAL: no login with rotated-word')
    expect(written[0]).toContain('no login with ***')
  })

  it('leaves words alone that are also the user or the database', () => {
    written.length = 0
    const loggers = loggersFor({ GREENPLUM_PASSWORD: 'gpadmin' })
    loggers('gpdb').info('hello gpadmin')
    expect(written[0]).toContain('hello gpadmin')
  })
})

describe('the end of a process', { timeout: 40_000 }, () => {
  const program = `
    import { openSink } from ${JSON.stringify(new URL('sink.ts', import.meta.url).pathname)}
    const sink = openSink(1)
    for (let i = 0; i < 20000; i++) sink.write('x'.repeat(100) + '\\n')
    console.error('flushed', await sink.flush(200))
    process.exit(7)
  `
  async function endOf(stdout: number | 'pipe') {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', stdout, 'pipe'],
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stdout?.pause()
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    // Not `close` of the child, which would wait for a reader of its stdout.
    const ended = Promise.all([once(child, 'exit'), child.stderr && once(child.stderr, 'close')])
    const [[code]] = (await ended) as [[number | null], unknown]
    clearTimeout(timer)
    return { code, said: said.trim() }
  }

  it('is not held up by what a reader that stalls does not take', async () => {
    expect(await endOf('pipe')).toEqual({ code: 7, said: 'flushed false' })
  })

  it('is not held up by a full device', async () => {
    const fd = openSync('/dev/full', 'w')
    expect(await endOf(fd)).toEqual({ code: 7, said: 'flushed true' })
    closeSync(fd)
  })

  it.skipIf(!hasTerminals)('is not held up by a terminal that was closed', async () => {
    const terminal = await openTerminal()
    await terminal.hangUp()
    expect(await endOf(terminal.fd)).toEqual({ code: 7, said: 'flushed true' })
    terminal.release()
  })
})
