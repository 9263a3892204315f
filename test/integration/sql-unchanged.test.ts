/** A later start asks about all unchanged SQL files at once, and must not overlook what that answer no longer covers. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureDatabase } from '../../src/greenplum/databases.ts'
import { parseSqlFile } from '../../src/sql/files.ts'
import { applySqlFile } from '../../src/sql/apply.ts'
import { unchangedFiles } from '../../src/sql/record.ts'
import { createRig, eventually, type Run } from './rig.ts'

const whenChanged = '-- gp-supervisor: when changed\n'
const table = (name: string) => `${whenChanged}CREATE TABLE IF NOT EXISTS public.${name} (a int);\n`

async function rigWith(files: Readonly<Record<string, string>>) {
  const rig = await createRig()
  const seed = join(rig.standIn.root, 'gp-seed')
  await mkdir(join(seed, 'sql'), { recursive: true, mode: 0o755 })
  const write = async (name: string, text: string) => writeFile(join(seed, 'sql', name), text)
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return { ...rig, write, start: () => rig.start({ GP_SEED_DIR: seed }) }
}

const reasonsOf = async (run: Run) =>
  (await run.status()).components.sql.entries?.map(({ reason }) => reason.replace(/ (since|in) .*/, ''))

describe('SQL files that did not change', () => {
  it('are applied again where an earlier one, just applied, drops what they made; and what is dropped later comes back', async () => {
    const rig = await rigWith({ '10-a.sql': table('a'), '20-b.sql': table('b'), '30-c.sql': table('c') })
    const first = rig.start()
    await first.answers('/readyz')
    await first.stop()

    await rig.write(
      '10-a.sql',
      `${table('a')}-- gp-supervisor: may run again\nDROP TABLE IF EXISTS public.b;\n`,
    )
    const changed = rig.start()
    await changed.answers('/readyz')
    expect(await reasonsOf(changed)).toEqual(['2 statements', '1 statements', 'unchanged'])
    expect(await rig.query(`SELECT to_regclass('public.b') IS NOT NULL AS there`)).toEqual([{ there: true }])
    await changed.stop()

    const later = rig.start()
    await later.answers('/readyz')
    expect(await reasonsOf(later)).toEqual(['unchanged', 'unchanged', 'unchanged'])
    await rig.query('DROP TABLE public.c')
    await eventually('public.c is there again', async () => {
      const [row] = await rig.query(`SELECT to_regclass('public.c') IS NOT NULL AS there`)
      return row?.['there'] === true ? true : undefined
    })
    await later.stop()
  })

  it('are answered for each of their databases; where one is missing, the others are answered all the same', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/readyz')
    const signal = new AbortController().signal
    const { sockets: host } = rig.standIn.layout
    const target = { host, port: rig.standIn.ports.coordinator, user: 'gpadmin', database: 'gp_dwh' }
    const parse = (name: string, text: string) => parseSqlFile(name, Buffer.from(text))
    const inDatabase = (name: string) => `-- gp-supervisor: database ${name}\n${table('t')}`
    const files = [
      parse('10-here.sql', table('t')),
      parse('20-other.sql', inDatabase('other')),
      parse('30-nowhere.sql', inDatabase('nowhere')),
      parse('40-always.sql', 'CREATE TABLE IF NOT EXISTS public.u (a int);'),
      parse('50-new.sql', table('v')),
    ]
    const names = async () => [...(await unchangedFiles(files, target, signal)).keys()]
    // Nothing was recorded yet.
    expect(await names()).toEqual([])
    await ensureDatabase(target, 'other', signal)
    for (const index of [0, 1, 3])
      await applySqlFile(files[index] as (typeof files)[0], target, { statementTimeoutMs: 10_000, signal })
    expect(await names()).toEqual(['10-here.sql', '20-other.sql'])
    // What it made is gone.
    await rig.query('DROP TABLE public.t', 'other')
    expect(await names()).toEqual(['10-here.sql'])
    // The text is another one.
    expect([...(await unchangedFiles([parse('10-here.sql', `${table('t')}\n`)], target, signal))]).toEqual([])
    await run.stop()
  })
})
