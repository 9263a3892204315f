import { expect, it } from 'vitest'
import { finding } from '../findings/finding.ts'
import { opinionOnPlace } from './place.ts'

const disk = finding('place.disk', {
  severity: 'warning',
  text: '/data has 3 MiB free',
  cause: 'a full disk stops the database',
  fix: 'make room',
})
const owner = finding('place.owner', { text: '/data belongs to uid 7', fix: 'chown' })

it('what the supervisor has found is shown as it is, and nothing is said twice', () => {
  const bySupervisor = [
    { ...disk, text: 'as it was then' },
    owner,
    finding('database.password', { text: 'looked at by the database itself' }),
    finding('seeds.server', { text: 'looked at with the seeds' }),
  ]
  expect(opinionOnPlace([disk], bySupervisor).findings).toEqual([disk, owner])
})

it('says nothing of who asks: a doctor may be root where the supervisor is not', () => {
  expect(
    opinionOnPlace([finding('place.root', { text: 'the supervisor runs as root' })], []).findings,
  ).toEqual([])
})
