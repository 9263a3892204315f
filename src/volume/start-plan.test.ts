import { describe, expect, it } from 'vitest'
import { finding } from '../findings/finding.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import { planVolume, type Seen } from './start-plan.ts'
import type { Marker } from './state.ts'

const coordinator = '/data/master/gpseg-1'
const seen = (more: Partial<Seen>): Seen => ({
  marker: 'none',
  dataDirectory: '/data',
  profile: greenplum6,
  coordinatorDirectory: coordinator,
  servers: [coordinator, '/data/00/primary/gpseg0'],
  hbaText: '',
  letsClientsIn: false,
  unreadable: [],
  ...more,
})

describe('planVolume', () => {
  it('decides every case', () => {
    const markers: Marker[] = ['none', 'initializing', 'serving', 'scripts-unfinished', 'initialized']
    const volumes: [string, Partial<Seen>][] = [
      ['whole', {}],
      ['open', { letsClientsIn: true }],
      ['nothing there', { servers: [], hbaText: undefined }],
      ['another prefix', { servers: ['/data/master/typo-1'], hbaText: undefined }],
      ['no pg_hba.conf', { hbaText: undefined }],
    ]
    const table = markers.flatMap((marker) =>
      volumes.map(
        ([name, volume]) =>
          `${marker.padEnd(19)}${name.padEnd(16)}${planVolume(seen({ ...volume, marker })).kind}`,
      ),
    )
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "none               whole           later-start
      none               open            later-start
      none               nothing there   first-start
      none               another prefix  refuse
      none               no pg_hba.conf  refuse
      initializing       whole           move-aside
      initializing       open            later-start
      initializing       nothing there   move-aside
      initializing       another prefix  move-aside
      initializing       no pg_hba.conf  move-aside
      serving            whole           later-start
      serving            open            later-start
      serving            nothing there   refuse
      serving            another prefix  refuse
      serving            no pg_hba.conf  refuse
      scripts-unfinished whole           later-start
      scripts-unfinished open            later-start
      scripts-unfinished nothing there   refuse
      scripts-unfinished another prefix  refuse
      scripts-unfinished no pg_hba.conf  refuse
      initialized        whole           later-start
      initialized        open            later-start
      initialized        nothing there   refuse
      initialized        another prefix  refuse
      initialized        no pg_hba.conf  refuse"
    `)
  })

  it('never moves a volume that ever served', () => {
    for (const marker of ['serving', 'scripts-unfinished', 'initialized'] as const) {
      for (const servers of [[], [coordinator], ['/data/master/typo-1']]) {
        expect(planVolume(seen({ marker, servers, hbaText: undefined })).kind).not.toBe('move-aside')
      }
    }
  })

  it('names what it found and what to do', () => {
    expect(planVolume(seen({ marker: 'initialized', servers: ['/data/master/typo-1'] }))).toEqual({
      kind: 'refuse',
      finding: finding('volume.other-prefix', {
        text: 'there is no server in /data/master/gpseg-1, but there are /data/master/typo-1',
        fix: 'set GREENPLUM_SEG_PREFIX to their prefix, or correct GREENPLUM_DATA_DIRECTORY',
        where: '/data/master/gpseg-1',
      }),
    })
    expect(planVolume(seen({ marker: 'serving', servers: [] }))).toMatchObject({
      finding: {
        id: 'volume.lost',
        fix: expect.stringContaining('delete /data/.gp-supervisor/volume.json') as string,
      },
    })
  })
})
