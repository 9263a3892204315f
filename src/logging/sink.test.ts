import { closeSync, openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { createLoggers } from './logger.ts'
import { createMask } from './mask.ts'
import { openSink } from './sink.ts'

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'sink-'))))
afterEach(() => rm(folder, { recursive: true }))

/** A named pipe with a reader that begins only when it is told to. */
async function stalledPipe() {
  const path = join(folder, 'pipe')
  spawnSync('mkfifo', [path])
  const reader = spawn('bash', ['-c', `exec 3<"${path}"; read -r go; cat <&3`], {
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
    closeSync(pipe.fd)
    await pipe.ended
    expect(pipe.text().trimEnd().split('\n')).toEqual(lines)
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

describe('createLoggers', () => {
  const written: string[] = []
  const sink = { ...openSink(2), write: (line: string) => void written.push(line) }
  const loggersFor = (environment: Record<string, string>) => {
    const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
    return createLoggers(config, sink, createMask(config, environment))
  }

  it('writes one object a line with time, level, component and message', async () => {
    written.length = 0
    const loggers = await loggersFor({ GREENPLUM_PASSWORD: 'gpadmin' })
    loggers('gpdb').relay('warn', 'a message', { tool: 'gpstart' })
    expect(JSON.parse(written[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      component: 'gpdb',
      tool: 'gpstart',
      msg: 'a message',
    })
  })

  it('masks the password wherever it comes from, quotes and all', async () => {
    written.length = 0
    const loggers = await loggersFor({ GREENPLUM_PASSWORD: 'se"cr\\et 1' })
    loggers('gpdb').relay('info', `statement: alter role gpadmin password 'se"cr\\et 1'`)
    expect(written[0]).toContain(`password '***'`)
    expect(written[0]).not.toContain('cr')
  })

  it('masks every variable that is named as a secret', async () => {
    written.length = 0
    const loggers = await loggersFor({ GREENPLUM_PASSWORD: 'gpadmin', BOOKINGS_DB_PASSWORD: 'rotated-word' })
    loggers('pxf').info('FATAL: no login with rotated-word')
    expect(written[0]).toContain('no login with ***')
  })

  it('leaves words alone that are also the user or the database', async () => {
    written.length = 0
    const loggers = await loggersFor({ GREENPLUM_PASSWORD: 'gpadmin' })
    loggers('gpdb').info('hello gpadmin')
    expect(written[0]).toContain('hello gpadmin')
  })
})

describe('the end of a process whose reader stalls', () => {
  it('is not held up by what the reader does not take', async () => {
    const program = `
      import { openSink } from ${JSON.stringify(new URL('sink.ts', import.meta.url).pathname)}
      const sink = openSink(1)
      for (let i = 0; i < 20000; i++) sink.write('x'.repeat(100) + '\\n')
      console.error('flushed', await sink.flush(200))
      process.exit(7)
    `
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stdout.pause()
    const code = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        resolve('it did not end')
      }, 5000)
      child.once('exit', (exit) => {
        clearTimeout(timer)
        resolve(exit)
      })
    })
    expect(said).toContain('flushed false')
    expect(code).toBe(7)
  })
})
