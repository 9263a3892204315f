/** The hosts of a cluster let each other in, whatever addresses they have. */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { directoryOf, initializedRig } from './fast-start-rig.ts'
import { eventually } from './rig.ts'

const hosts = {
  GREENPLUM_DEPLOYMENT: 'master',
  GREENPLUM_PXF_ENABLE: 'false',
  // Names that every machine has, and one that none has.
  CLUSTER_SEGMENT_HOSTS: 'localhost,gone.invalid',
}
const theirs = /^host (?:all|replication) \S+ (?:127\.0\.0\.1\/32|::1\/128) trust$/gm

it('keeps the present addresses of the others in the file of every server, and nothing of those that are gone', async () => {
  const rig = await initializedRig()
  const files = [-1, 0, 1].map((content) => join(directoryOf(rig, content), 'pg_hba.conf'))
  const before = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  // What an earlier run knew.
  const old = `# The other hosts of this cluster, kept by gp-supervisor; what is changed here is lost.\nhost all gpadmin 203.0.113.9/32 trust\n# End of the other hosts of this cluster.\n`
  await writeFile(files[1] ?? '', old + (before[1] ?? ''))
  const run = rig.start(hosts)
  await run.answers('/readyz')
  for (const [index, file] of files.entries()) {
    const text = await eventually(`${file} has them`, async () => {
      const now = await readFile(file, 'utf8')
      return now.match(theirs) === null ? undefined : now
    })
    expect(text).not.toContain('203.0.113.9')
    for (const line of (before[index] ?? '').split('\n')) expect(text.split('\n')).toContain(line)
  }
  // The server has read it.
  await eventually('the rule is in effect', async () => {
    const rows = await rig.query(
      "SELECT 1 FROM pg_hba_file_rules WHERE database = '{replication}' AND auth_method = 'trust' AND error IS NULL",
    )
    return rows.length > 0
  })
  // Both keep their lines, and neither takes the other's for lost.
  const [coordinator = ''] = files
  await appendFile(coordinator, '# by hand\n')
  await eventually('it is settled', async () => {
    const first = await readFile(coordinator, 'utf8')
    await new Promise((resolve) => setTimeout(resolve, 7000))
    return (await readFile(coordinator, 'utf8')) === first
  })
  expect(await readFile(coordinator, 'utf8')).toMatch(/^host all \S+ samehost trust$/m)
  expect(await run.stop()).toBe(0)
})

it('touches nothing without the names of others (negative control)', async () => {
  const rig = await initializedRig()
  const file = join(directoryOf(rig, 0), 'pg_hba.conf')
  const before = await readFile(file, 'utf8')
  const run = rig.start({ ...hosts, CLUSTER_SEGMENT_HOSTS: '' })
  await run.answers('/readyz')
  await new Promise((resolve) => setTimeout(resolve, 8000))
  expect(await readFile(file, 'utf8')).toBe(before)
  expect(await run.stop()).toBe(0)
})
