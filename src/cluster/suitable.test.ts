import { describe, expect, it } from 'vitest'
import { host, server } from '../fast-start/host.fixture.ts'
import type { ServerFacts } from '../fast-start/facts.ts'
import { reasonAgainstHost, suitabilityOf } from './suitable.ts'
import { asWord, fromWord, type Wanted } from './wanted.ts'

const wanted: Wanted = {
  dbid: 2,
  content: 0,
  role: 'primary',
  port: 6000,
  directory: '/data/00/primary/gpseg0',
}
const mirror: Wanted = { ...wanted, role: 'mirror' }
const judged = (more: Partial<ServerFacts>, word = wanted) => {
  const found = suitabilityOf(word, host({ servers: [server(0, more), server(1)] }))
  return found.kind === 'unsuitable' ? found.reason.replace(`${wanted.directory}: `, '') : found.kind
}
const control = server(0).control

describe('a server that the coordinator wants', () => {
  it('may be started after a clean stop and after a kill; one that runs already is no failure', () => {
    expect(judged({})).toBe('suitable')
    expect(judged({ postmaster: { state: 'dead', pid: 7 } })).toBe('suitable')
    expect(
      judged({
        postmaster: {
          state: 'alive',
          file: { pid: 7, port: 6000, socketDirectory: '' },
          startTicks: 1,
          group: 7,
        },
      }),
    ).toBe('runs')
  })

  it('is never a former primary that the catalog has as a mirror, because it would open for writing', () => {
    const reason = 'the catalog has it as a mirror, and its files as a primary; only gprecoverseg rewinds it'
    expect(judged({}, mirror)).toBe(reason)
    expect(judged({ replication: ['pg_replslot/a'] }, mirror)).toBe(reason)
    expect(judged({ replication: ['recovery.conf'] }, mirror)).toBe('suitable')
  })

  it('may be a mirror whose promotion is only in the catalog yet', () => {
    expect(judged({ replication: ['recovery.conf'] })).toBe('suitable')
  })

  it.each<[Partial<ServerFacts>, string]>([
    [{ directory: '/data/00/primary/gpseg9' }, 'there is no server in it; is this the volume of this host?'],
    [{ dbid: 9 }, 'it has dbid 9, content 0 and port 6000, and the catalog 2, 0 and 6000'],
    [{ content: undefined }, 'it has dbid 2, content (none) and port 6000, and the catalog 2, 0 and 6000'],
    [{ port: 6001 }, 'it has dbid 2, content 0 and port 6001, and the catalog 2, 0 and 6000'],
    [
      { control: control && { ...control, catalogVersion: '1' } },
      'its catalog version is 1, and that of the programs 301908232; does this host have the same image?',
    ],
    [{ postmaster: { state: 'unknown', reason: 'EIO' } }, 'it cannot be told whether it runs: EIO'],
    [{ processes: [7, 8] }, 'processes work in it: 7, 8'],
    [{ socket: { state: 'held', socket: '/tmp/s', pid: 7 } }, 'its socket /tmp/s is used by process 7'],
  ])('is refused with its reason: %j', (facts, reason) => {
    expect(judged(facts)).toBe(reason)
  })
})

describe('a host', () => {
  it('is used only while its own supervisor runs and is not stopping', () => {
    expect(reasonAgainstHost('starting')).toBeUndefined()
    expect(reasonAgainstHost('stopping')).toBe('this host is stopping')
    expect(reasonAgainstHost(undefined)).toBe(
      'no supervisor responds on this host, so nobody would stop the servers again',
    )
  })
})

describe('the word for a server', () => {
  it('says the same after a journey over the command line', () => {
    expect(asWord(wanted)).toBe('2:0:primary:6000:/data/00/primary/gpseg0')
    for (const one of [wanted, { ...mirror, content: -1 }]) expect(fromWord(asWord(one))).toEqual(one)
  })

  it.each([
    '',
    '2:0:primary:6000',
    '2:0:coordinator:6000:/data',
    '2:0:primary:6000:data',
    '-2:0:mirror:1:/d',
  ])('is not %j', (word) => expect(fromWord(word)).toBeUndefined())
})
