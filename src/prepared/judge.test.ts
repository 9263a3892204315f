import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { neededBytes, reasonAgainst, type HostFacts } from './judge.ts'
import { packed } from './manifest.fixture.ts'

const fits: HostFacts = {
  hostname: 'here',
  extras: [],
  assignments: { ...packed.assignments, DATABASE_NAME: 'other', MASTER_HOSTNAME: 'here' },
  hosts: ['here'],
  release: packed.release,
  catalogVersion: packed.catalogVersion,
  architecture: 'x64',
  library: packed.library,
  freeBytes: 10 ** 10,
  timeZone: undefined,
  knowsTimeZone: false,
  inTheWay: [],
}

const configOf = (more: Record<string, string> = {}) =>
  loadConfig({
    environment: { GREENPLUM_PASSWORD: 'x', BASE_IMAGE_FAMILY: 'greenplum6', ...more },
    hostname: 'here',
    readFile: () => '',
  })

const reason = (facts: Partial<HostFacts>, environment?: Record<string, string>) =>
  reasonAgainst(packed, { ...fits, ...facts }, configOf(environment))

describe('a prepared cluster', () => {
  it('fits a host with another name and another database', () => {
    expect(reason({})).toBeUndefined()
    expect(reason({ timeZone: 'Etc/UTC' })).toBeUndefined()
    expect(reason({ timeZone: 'Europe/Moscow', knowsTimeZone: true })).toBeUndefined()
  })

  it.each([
    [{ release: 'postgres (Greenplum Database) 6.27.1 build commit:def' }, 'its release is'],
    [{ catalogVersion: '1' }, 'its catalog version is 301908232, and here it is 1'],
    [{ architecture: 'arm64' }, 'its processor is x64, and here it is arm64'],
    [{ library: 'glibc 2.31' }, 'its C library is glibc 2.35, and here it is glibc 2.31'],
    [{ extras: ['GREENPLUM_DISKQUOTA_ENABLE'] }, 'GREENPLUM_DISKQUOTA_ENABLE is set'],
    [{ assignments: undefined }, 'gpinitsystem_config has more than assignments'],
    [
      { assignments: { ...fits.assignments, HEAP_CHECKSUM: 'off' } },
      'gpinitsystem_config has another HEAP_CHECKSUM',
    ],
    [{ hosts: ['elsewhere'] }, 'the host file names elsewhere, and this host is here'],
    [{ hosts: [] }, 'the host file names nobody'],
    [{ timeZone: 'Mars/Olympus' }, 'the time zone Mars/Olympus is not known'],
    [{ inTheWay: ['/data/00/primary/gpseg0'] }, 'in the way is /data/00/primary/gpseg0'],
    [{ freeBytes: 10 ** 6 }, 'it needs 65 MiB, and 1 MiB are free'],
  ] satisfies [Partial<HostFacts>, string][])('is not for a host with %o', (facts, text) => {
    expect(reason(facts)).toContain(text)
  })

  it.each([
    [{ GREENPLUM_USER: 'dwh' }, 'its administrator is gpadmin, and here it is dwh'],
    [{ GREENPLUM_DATA_DIRECTORY: '/other' }, 'its data directory is /data, and here it is /other'],
    [{ GREENPLUM_SEG_PREFIX: 'seg' }, 'its segment prefix is gpseg, and here it is seg'],
    [{ BASE_IMAGE_FAMILY: 'greenplum7' }, 'its family of images is greenplum6, and here it is greenplum7'],
    [{ GREENPLUM_DEPLOYMENT: 'master' }, 'it is a cluster of one host, and this host is a master'],
  ])('is not for %o', (environment, text) => {
    expect(reason({}, environment as Record<string, string>)).toBe(text)
  })

  it('needs the room of its holes, and some more', () => {
    expect(neededBytes(packed)).toBe(3000 + 64 * 1024 * 1024)
    expect(reason({ freeBytes: neededBytes(packed) })).toBeUndefined()
    expect(reason({ freeBytes: neededBytes(packed) - 1 })).toBeDefined()
  })
})
