import { expect, it } from 'vitest'
import { asFile, readHostRole, type HostRole } from './host-role.ts'
import { loadConfig } from './load.ts'

const role: HostRole = { deployment: 'master', term: 2, since: '2026-11-27T12:00:00.000Z' }
const text = JSON.stringify(asFile(role))
const named = { deployment: 'standby', variable: 'GREENPLUM_DEPLOYMENT' } as const
const absent = () => {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
}

it('is read from the volume, and only where a promotion can change it', () => {
  const read: string[] = []
  const readFile = (path: string) => {
    read.push(path)
    return text
  }
  expect(readHostRole('/data', named, readFile)).toEqual(role)
  expect(readHostRole('/data', { ...named, deployment: 'segment' }, readFile)).toBeUndefined()
  expect(readHostRole('/data', { ...named, deployment: 'singlenode' }, readFile)).toBeUndefined()
  expect(read).toEqual(['/data/.gp-supervisor/role.json'])
  expect(readHostRole('/data', named, absent)).toBeUndefined()
})

it.each(['{', '{}', JSON.stringify({ ...role, version: 2 }), JSON.stringify({ ...asFile(role), term: 1 })])(
  'a file that is not understood is refused, because two coordinators would be worse: %s',
  (content) => {
    expect(() => readHostRole('/data', named, () => content)).toThrow(
      'GREENPLUM_DEPLOYMENT is standby, but a promotion may have changed the role of this host: /data/.gp-supervisor/role.json cannot be read:',
    )
  },
)

const hosts = 'coordinator,standby'
const loaded = (environment: Record<string, string>, hostname: string, onVolume?: string) => {
  const { cluster, greenplum } = loadConfig({
    environment: { GREENPLUM_PASSWORD: 'secret', CLUSTER_COORDINATOR_HOSTS: hosts, ...environment },
    hostname,
    readFile: (path) => (path.endsWith('role.json') && onVolume !== undefined ? onVolume : absent()),
  })
  return { deployment: greenplum.deployment, peer: cluster.peer, term: cluster.term }
}

it('takes precedence over the variable', () => {
  const standby = { GREENPLUM_DEPLOYMENT: 'standby' }
  expect(loaded(standby, 'standby')).toEqual({ deployment: 'standby', peer: 'coordinator', term: 1 })
  expect(loaded(standby, 'standby', text)).toEqual({ deployment: 'master', peer: 'coordinator', term: 2 })
  const replaced = JSON.stringify(asFile({ ...role, deployment: 'standby' }))
  expect(loaded({ GREENPLUM_DEPLOYMENT: 'master' }, 'coordinator', replaced)).toEqual({
    deployment: 'standby',
    peer: 'standby',
    term: 2,
  })
})

it('the other host is known where there is to be a standby', () => {
  const master = { GREENPLUM_DEPLOYMENT: 'master' }
  expect(loaded({ ...master, CLUSTER_STANDBY: '0' }, 'coordinator').peer).toBeUndefined()
  expect(() => loaded({ ...master, CLUSTER_COORDINATOR_HOSTS: 'one' }, 'one')).toThrow(
    'CLUSTER_COORDINATOR_HOSTS',
  )
  expect(() => loaded({ ...master, CLUSTER_COORDINATOR_HOSTS: 'one,one' }, 'one')).toThrow(
    'CLUSTER_COORDINATOR_HOSTS is "one,one"; name two different hosts',
  )
  expect(() => loaded(master, 'coordinator.example.org')).toThrow(
    'CLUSTER_COORDINATOR_HOSTS is "coordinator,standby", and this host is called coordinator.example.org; use the very names that the hosts have',
  )
  // A segment host is neither of the two.
  expect(loaded({ GREENPLUM_DEPLOYMENT: 'segment' }, 'segment1').peer).toBeUndefined()
})
