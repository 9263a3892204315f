import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eraOf, writeEra } from './era.ts'

it('an era is that of gpstart: this one was made by that of a real Greenplum 7', async () => {
  const era = eraOf({
    hostname: 'gpdbsne7',
    port: 5432,
    directory: '/data/master/gpseg-1',
    now: new Date(2026, 10, 26, 16, 10, 28),
  })
  expect(era).toBe('fbbe300d1b9e115a_261126161028')
  const folder = await mkdtemp(join(tmpdir(), 'era-'))
  await writeEra(folder, 'old')
  await writeEra(folder, era)
  expect(await readFile(join(folder, 'gp_era'), 'utf8')).toBe(
    `# Greenplum Database era.\n# Do not change the contents of this file.\nera = ${era}\n`,
  )
  expect((await stat(join(folder, 'gp_era'))).mode & 0o777).toBe(0o400)
})
