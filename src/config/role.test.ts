import { expect, it } from 'vitest'
import { deployments, isCoordinator, isWholeCluster, leadsOtherHosts } from './role.ts'

it('every role of a host has its answers', () => {
  const table = deployments.map((deployment) => {
    const host = { deployment }
    return [deployment, isCoordinator(host), isWholeCluster(host), leadsOtherHosts(host)].join(' ')
  })
  expect(table).toEqual([
    'singlenode true true false',
    'master true false true',
    'segment false false false',
    'standby false false false',
  ])
})
