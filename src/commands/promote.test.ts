import { expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { reasonAgainst, type Seen } from './promote.ts'

const loaded = (environment: Record<string, string> = {}) =>
  loadConfig({
    environment: {
      GREENPLUM_DEPLOYMENT: 'standby',
      CLUSTER_COORDINATOR_HOSTS: 'coordinator,standby',
      GREENPLUM_PASSWORD: 'x',
      ...environment,
    },
    hostname: 'standby',
    readFile: () => '',
  })
const place = {
  directory: '/data/master/gpseg-1',
  isEmpty: false,
  isServer: true,
  follows: true,
  isCopy: false,
  postmaster: 'alive',
} as const
const against = (more: Partial<Seen> = {}) =>
  reasonAgainst({ config: loaded(), place, peerAnswers: false, isForced: false, ...more })

it('promotes a standby that runs while the coordinator is gone', () => {
  expect(against()).toBeUndefined()
})

it('finishes what was interrupted', () => {
  expect(against({ place: { ...place, follows: false, postmaster: 'none' } })).toBeUndefined()
})

it.each<[string, Partial<Seen>]>([
  [
    'coordinator still answers; stop its container first, because two coordinators must never write',
    { peerAnswers: true },
  ],
  [
    'coordinator still answers; stop its container first, because two coordinators must never write',
    { peerAnswers: true, isForced: true },
  ],
  [
    'this host is a master; run this on the host of the standby',
    { config: loaded({ GREENPLUM_DEPLOYMENT: 'master' }) },
  ],
  [
    'it is not known which coordinator has to be stopped: CLUSTER_COORDINATOR_HOSTS is not set, or CLUSTER_STANDBY is 0',
    { config: loaded({ CLUSTER_STANDBY: '0' }) },
  ],
  ['there is no complete standby in /data/master/gpseg-1', { place: { ...place, isServer: false } }],
  // Half of a copy, before it got the file by which it follows.
  [
    'there is no complete standby in /data/master/gpseg-1',
    { place: { ...place, isCopy: true, follows: false } },
  ],
  [
    'the standby in /data/master/gpseg-1 does not run, so it may be behind; with --force it is promoted as it is, and what it has not received is lost',
    { place: { ...place, postmaster: 'dead' } },
  ],
])('says why not: %s', (text, more) => {
  expect(against(more)).toBe(text)
})

it('promotes one that does not run only where that is insisted on', () => {
  expect(against({ place: { ...place, postmaster: 'dead' }, isForced: true })).toBeUndefined()
})
