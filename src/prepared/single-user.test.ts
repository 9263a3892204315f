import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sleep } from '../time.ts'
import { errorOf, rowsOf, singleUser } from './single-user.ts'

const folder = mkdtempSync(join(tmpdir(), 'single-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A `postgres` that does this. */
function session(script: string, timeoutMs = 5000) {
  writeFileSync(join(folder, 'postgres'), `#!/bin/bash\n${script}\n`)
  chmodSync(join(folder, 'postgres'), 0o755)
  return singleUser('/d', 'template1', { environment: { PATH: `${folder}:/usr/bin:/bin` }, timeoutMs })
}

const answering = `printf 'LOG:  ready\\n\\nbackend> '
while read -r line; do
  case "$line" in
    bad) echo 'ERROR:  column "x" does not exist' >&2 ;;
    *) printf '\\t 1: a\\t(typeid = 25, len = -1, typmod = -1, byval = f)\\n\\t----\\n\\t 1: a = "%s"\\t(typeid = 25, len = -1, typmod = -1, byval = f)\\n\\t----\\n' "$line" ;;
  esac
  printf 'backend> '
done`

describe('a session in single-user mode', () => {
  it('answers one statement after the other', async () => {
    const { query, end } = session(answering)
    expect(await query('one\ntwo')).toEqual([{ a: 'one two' }])
    expect(await query('three')).toEqual([{ a: 'three' }])
    await end()
  })

  it('reports the error of a statement, with which the server goes on', async () => {
    const { query, end } = session(answering)
    await expect(query('bad')).rejects.toThrow('column "x" does not exist')
    expect(await query('good')).toEqual([{ a: 'good' }])
    await end()
  })

  it('reports a server that does not start, that hangs, or that ends badly', async () => {
    const refused = session('echo "FATAL:  data directory is invalid" >&2; exit 1')
    await expect(refused.query('x')).rejects.toThrow('ended (1): data directory is invalid')
    const hanging = session('sleep 60', 200)
    await expect(hanging.query('x')).rejects.toThrow('no response within 0.2 s')
    await expect(session(`${answering}\nexit 2`).end()).rejects.toThrow('ended (2)')
  })

  it('can be abandoned: between statements, while it starts with a child that holds its pipe, and after its end', async () => {
    const idle = session(answering)
    await idle.query('one')
    const starting = session('sleep 30; true')
    await sleep(200)
    const ended = session('exit 0')
    await ended.end()
    const begin = performance.now()
    await Promise.all([idle, starting, ended].map(({ abandon }) => abandon()))
    expect(performance.now() - begin).toBeLessThan(2000)
  })
})

describe('its output', () => {
  it('has rows of several columns', () => {
    const line = (index: number, name: string, value: string) =>
      `\t${index === 1 ? ' ' : ' '}${index}: ${name} = "${value}"\t(typeid = 25, len = -1, typmod = -1, byval = f)`
    const rows = [
      line(1, 'a', '1'),
      line(2, 'b', 'x "y"'),
      '\t----',
      line(1, 'a', '2'),
      '\t----',
      'backend> ',
    ]
    expect(rowsOf(rows.join('\n'))).toEqual([{ a: '1', b: 'x "y"' }, { a: '2' }])
  })

  it('has errors in the forms of all releases', () => {
    expect(
      errorOf('2026-11-26 14:46:30 UTC,,,p5,th1,,,,0,,cmd2,seg-1,,,,sx1,"ERROR","42703","column ""x"" no",,'),
    ).toContain('column ')
    expect(errorOf('2026-11-26 14:53:34.323 UTC|||5879|postmaster||:-ERROR:  no column')).toBe('no column')
    expect(errorOf('LOG:  gp_role forced to utility\nWARNING:  ignored')).toBeUndefined()
  })
})
