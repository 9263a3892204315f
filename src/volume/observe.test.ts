import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../config/config.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { observeVolume } from './observe.ts'
import { hasCluster, isWhole, planVolume } from './start-plan.ts'
import { writeMarker } from './state.ts'

let data = ''
const look = () =>
  observeVolume({
    profile: greenplum6,
    dataDirectory: data,
    segmentPrefix: 'gpseg',
    coordinatorDirectory: join(data, 'master/gpseg-1'),
  } as Config['greenplum'])

function server(path: string): string {
  mkdirSync(join(data, path, 'global'), { recursive: true })
  writeFileSync(join(data, path, 'global/pg_control'), '')
  return join(data, path)
}

const hba = (line: string) => writeFileSync(join(data, 'master/gpseg-1/pg_hba.conf'), `${line}\n`)
const lettingIn = 'host all all 0.0.0.0/0 md5'

beforeEach(() => void (data = mkdtempSync(join(tmpdir(), 'observe-'))))
afterEach(() => rmSync(data, { recursive: true }))

describe('the one look at the volume', () => {
  it('tells an empty volume from none', async () => {
    expect(await look()).toMatchObject({ exists: true, marker: 'none', servers: [], unreadable: [] })
    rmSync(data, { recursive: true })
    expect(await look()).toMatchObject({ exists: false, marker: 'none', servers: [], unreadable: [] })
    mkdirSync(data)
  })

  it('has every server, and those of this configuration', async () => {
    const [coordinator, segment, other] = ['master/gpseg-1', '00/primary/gpseg0', '00/primary/typo0'].map(
      server,
    )
    hba('local all all trust')
    const facts = await look()
    expect(new Set(facts.servers)).toEqual(new Set([segment, other, coordinator]))
    expect(facts.directories).toEqual([coordinator, segment])
    expect([facts.hbaText, facts.letsClientsIn]).toEqual(['local all all trust\n', false])
  })

  it('answers for everybody whether the cluster is whole', async () => {
    server('master/gpseg-1')
    hba('local all all trust')
    await writeMarker(data, 'initializing', 'T')
    const half = await look()
    expect([isWhole(half), hasCluster(half), planVolume(half).kind]).toEqual([false, false, 'move-aside'])
    hba(lettingIn)
    const whole = await look()
    expect([isWhole(whole), hasCluster(whole), planVolume(whole).kind]).toEqual([true, true, 'later-start'])
  })

  it('never takes what it cannot inspect for nothing there: it may be whole, and no start touches it', async () => {
    await writeMarker(data, 'initializing', 'T')
    for (const name of ['01', 'mine']) {
      symlinkSync(name, join(data, name))
      const facts = await look()
      expect(facts.unreadable[0]).toContain('ELOOP')
      expect(isWhole(facts)).toBe(true)
      expect(planVolume(facts)).toMatchObject({
        kind: 'refuse',
        finding: { id: 'volume.unreadable', severity: 'refuse', where: data },
      })
      rmSync(join(data, name))
    }
  })
})
