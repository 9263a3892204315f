/** A host that has segments only: it starts nothing by itself, and what the coordinator's supervisor orders. */
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { directoryOf, initializedRig } from './fast-start-rig.ts'
import { eventually, killContainer, type Rig, type Run } from './rig.ts'

/** What the start script of the base image does on such a host: it waits. */
const script = `#!/bin/bash
while :; do sleep 1; done
`
const role = { GREENPLUM_DEPLOYMENT: 'segment', GREENPLUM_PXF_ENABLE: 'false' }
let rig: Rig
let words: readonly [string, string]

beforeEach(async () => {
  rig = await initializedRig()
  // The coordinator is elsewhere.
  await rename(join(rig.data, 'master'), join(rig.standIn.root, 'elsewhere'))
  await writeFile(scriptOf(rig), script)
  await chmod(scriptOf(rig), 0o755)
  words = [await wordOf(0), await wordOf(1)]
})

const scriptOf = ({ standIn }: Rig): string => join(standIn.root, 'segment.sh')

async function wordOf(content: number): Promise<string> {
  const settings = await readFile(join(directoryOf(rig, content), 'postgresql.conf'), 'utf8')
  const port = /^port\s*=\s*(\d+)/m.exec(settings)?.[1]
  return `${content + 2}:${content}:primary:${port}:${directoryOf(rig, content)}`
}

const startHost = (): Run =>
  rig.start({ ...role, START_SCRIPT: scriptOf(rig) }, { args: ['run', '00:primary', '01:primary'] })

async function order(...servers: readonly string[]): Promise<{ code: number; lines: string[] }> {
  const run = rig.start(role, { args: ['start-servers', ...servers] })
  const code = await run.exited
  const lines = run.text().trim().split('\n')
  return { code, lines: lines.map((line) => line.replace(/^.*-\[(\w+)\]:-/, '$1 ')) }
}

it('has its servers started, also after a kill, and stops them with proof', async () => {
  const first = startHost()
  const waiting = await first.answers('/readyz', 503)
  expect(waiting.reasons).toEqual(expect.arrayContaining([expect.objectContaining({ component: 'gpdb' })]))
  await eventually('it says what it waits for', async () =>
    (await first.status()).components.gpdb.reason.includes('the coordinator starts them'),
  )
  expect(await order(...words)).toEqual({
    code: 0,
    lines: expect.arrayContaining(
      [0, 1].map((content) =>
        expect.stringMatching(`^INFO ${directoryOf(rig, content)} was started on port`),
      ),
    ) as string[],
  })
  await first.answers('/readyz')

  await killContainer(rig)
  await first.exited
  const again = startHost()
  await again.answers('/readyz', 503)
  const { code, lines } = await order(...words)
  expect(lines[0]).toContain(
    `INFO files of killed servers were removed: ${directoryOf(rig, 0)}/postmaster.pid`,
  )
  expect(code).toBe(0)
  await again.answers('/readyz')
  // A server that runs is not started twice.
  expect(await order(...words)).toEqual({ code: 0, lines: [''] })
  expect(await again.stop()).toBe(0)
})

it('starts nothing that is not what the catalog has, and nothing without a supervisor', async () => {
  expect(await order(...words)).toEqual({
    code: 1,
    lines: ['ERROR no supervisor responds on this host, so nobody would stop the servers again'],
  })
  const run = startHost()
  await run.answers('/readyz', 503)
  const [one, other] = words
  const answer = await order(one.replace(/^2:/, '7:'), other.replace('primary', 'mirror'))
  expect(answer.code).toBe(1)
  expect(answer.lines).toEqual([
    expect.stringContaining('it has dbid 2, content 0 and port'),
    `ERROR ${directoryOf(rig, 1)}: the catalog has it as a mirror, and its files as a primary; only gprecoverseg rewinds it`,
  ])
  await run.answers('/readyz', 503)
  expect(await run.stop()).toBe(0)
})
