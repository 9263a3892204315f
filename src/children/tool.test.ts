import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive, parseStat } from '../greenplum/processes.ts'
import { waitUntil } from '../time.ts'
import { runTool } from './tool.ts'

const bash = (script: string, more: object = {}) =>
  runTool({
    command: 'bash',
    arguments: ['-c', script],
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    timeoutMs: 10_000,
    ...more,
  })

const fails = () => {
  throw new Error('a tool only relays lines')
}

describe('runTool', () => {
  it('answers with the output of a tool that ends well', async () => {
    expect(await bash('echo one; echo two >&2')).toEqual({ ok: true, failure: '', output: 'one\ntwo' })
  })

  it('tells the exit code and the last lines of one that does not', async () => {
    const result = await bash('echo "no such option"; exit 2')
    expect(result.failure).toContain('exit code 2 (no such option)')
  })

  it('says that it could not be started', async () => {
    const result = await runTool({
      command: 'gpstop',
      arguments: ['-a'],
      environment: { PATH: '/nowhere' },
      timeoutMs: 1000,
    })
    expect(result.failure).toContain('gpstop -a: spawn gpstop ENOENT')
  })

  it('says so too where the system refuses at once', async () => {
    const result = await bash('true', { environment: { LONG: 'x'.repeat(200_000) } })
    expect(result.failure).toContain('E2BIG')
  })

  it('ends one that takes too long, with its children', async () => {
    const result = await bash('sleep 60 & echo $!; wait', { timeoutMs: 200 })
    expect(result.failure).toContain('not finished within 0 s')
    const pid = Number(result.output)
    expect(await waitUntil(async () => !(await isAlive(pid)), { ms: 2000, everyMs: 20 })).toBe(true)
  })

  it('ends one that is no longer wanted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tool-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const begun = join(folder, 'begun')
    const stop = new AbortController()
    const result = bash(`echo > ${begun}; sleep 60`, { signal: stop.signal })
    await expect.poll(() => existsSync(begun), { timeout: 5000 }).toBe(true)
    stop.abort()
    expect((await result).failure).toContain('canceled')
  })

  it('logs its lines with its name; polls are counted, even if it is ended in the middle of them', async () => {
    const said: object[] = []
    const relay = (level: string, message: string, fields: Record<string, unknown> = {}) =>
      void said.push({ level, message, ...fields })
    const log = { debug: fails, info: fails, warn: fails, error: fails, relay }
    const poll = 'PXF not responding, re-trying after 1 second (attempt number 10)'
    const stop = new AbortController()
    const result = bash(`printf '%s\\n' 'WARN - slow' '${poll}' '${poll}' '${poll}'; sleep 60`, {
      log,
      signal: stop.signal,
    })
    await expect.poll(() => said.length, { timeout: 5000 }).toBe(2)
    stop.abort()
    expect((await result).failure).toContain('canceled')
    expect(said).toEqual([
      { level: 'warn', message: 'slow', tool: 'bash' },
      { level: 'info', message: poll, tool: 'bash' },
      { level: 'info', message: 'repeated', line: poll, count: 3, seconds: 0, tool: 'bash' },
    ])
  })

  it('does not wait for a daemon that keeps the pipe open', async () => {
    const begin = performance.now()
    const result = await bash('sleep 5 & disown; echo started')
    expect(result).toMatchObject({ ok: true, output: 'started' })
    expect(performance.now() - begin).toBeLessThan(3000)
  })

  it('gives the tool only the environment it is meant to have', async () => {
    expect((await bash('echo "${HOME:-none}"')).output).toBe('none')
  })
})

describe('parseStat', () => {
  it('reads a name with blanks and parentheses', () => {
    const stat = parseStat('42 (a (b) c) S 1 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 1')
    expect(stat).toEqual({
      pid: 42,
      name: 'a (b) c',
      state: 'S',
      parent: 1,
      group: 42,
      session: 40,
      startTicks: 98_765,
    })
  })

  it('reads the real thing', async () => {
    const own = parseStat(await readFile('/proc/self/stat', 'utf8'))
    expect(own?.state).toMatch(/[RS]/)
  })
})
