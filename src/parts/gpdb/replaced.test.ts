import { expect, it } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { reasonNotToStart } from './replaced.ts'

const loaded = loadConfig({
  environment: { GREENPLUM_DEPLOYMENT: 'master', GREENPLUM_PASSWORD: 'x', CONTAINER_PLATFORM: 'compose' },
  hostname: 'coordinator',
  readFile: () => '',
})
const config = (cluster: Partial<(typeof loaded)['cluster']> = {}) => ({
  ...loaded,
  cluster: { ...loaded.cluster, ...cluster },
})
type Other = Parameters<typeof reasonNotToStart>[1]
const reason = (other: Other, cluster?: Parameters<typeof config>[0]) => {
  const found = reasonNotToStart('standby', other, config(cluster))
  return found === undefined
    ? undefined
    : { text: found.finding.text, fix: found.finding.fix, mayFollow: found.mayFollow }
}
const follower: Other = { coordinator: 'none', term: 1 }
const promoted: Other = { coordinator: 'stopped', promoted: 'master', term: 2 }

it('starts where the other host only follows, also after earlier promotions', () => {
  expect(reason(follower)).toBeUndefined()
  expect(reason({ coordinator: 'none', promoted: 'standby', term: 2 }, { term: 2 })).toBeUndefined()
  // The former coordinator, which has not been back yet.
  expect(reason({ coordinator: 'stopped', term: 1 }, { term: 2 })).toBeUndefined()
})

it('follows a host that was promoted, whether its coordinator runs or not', () => {
  expect(reason(promoted)).toEqual({
    text: 'the standby on standby was promoted: the coordinator is there now, and the data here is behind it',
    fix: 'start this container again (a restart policy does this): it becomes the standby; its former data is kept in /data/.gp-supervisor',
    mayFollow: true,
  })
  expect(reason({ ...promoted, coordinator: 'runs' })?.mayFollow).toBe(true)
  expect(reason(promoted, { recovery: 'report' })?.fix).toMatch(
    /^with CLUSTER_RECOVERY=auto this host becomes the standby: /,
  )
})

it('does not start beside a coordinator that nobody recorded', () => {
  expect(reason({ coordinator: 'stopped', term: 1 })).toMatchObject({
    text: 'the standby on standby was promoted, but not with gp-supervisor promote, or that was interrupted',
    fix: expect.stringContaining(
      'run gp-supervisor promote on standby, then start this container again',
    ) as string,
    mayFollow: false,
  })
})

it('does not start beside the coordinator that it replaced', () => {
  expect(reason({ coordinator: 'runs', term: 1 }, { term: 2 })).toMatchObject({
    text: 'standby runs a coordinator, although this host was promoted in its place',
    mayFollow: false,
  })
})

it('does not start beside a host that does not say what it has, nor beside one that runs whatever its record says', () => {
  expect(reason({ failure: 'Permission denied (publickey)' })).toMatchObject({
    text: 'standby is there, but does not say whether it has the coordinator: Permission denied (publickey)',
    fix: expect.stringContaining('where there is no standby, set CLUSTER_STANDBY=0') as string,
    mayFollow: false,
  })
  expect(reason({ coordinator: 'runs', promoted: 'standby', term: 2 })?.mayFollow).toBe(false)
  expect(reason({ coordinator: 'runs', promoted: 'master', term: 2 }, { term: 2 })).toMatchObject({
    text: 'standby was promoted, and so was this host, as often',
    mayFollow: false,
  })
})
