import { expect, it } from 'vitest'
import { adviceFor } from '../findings/advice.ts'
import { noAttempts } from './attempts.ts'
import { alone, seen, withoutMirrors } from './cluster.fixture.ts'
import { entriesOf, explain, type Told } from './explain.ts'
import { judge } from './judge.ts'

const since = '2026-11-27T06:43:50.014Z'
const promoted = judge(
  seen({
    2: { role: 'mirror', up: false, inSync: false, since },
    4: { role: 'primary', inSync: false, since },
  }),
)
const told = (more: Partial<Told> = {}) =>
  explain({
    judgement: promoted,
    attempts: noAttempts,
    turn: 'now',
    absent: [],
    recovery: 'auto',
    advice: adviceFor({ kind: 'compose', container: 'coordinator' }),
    user: 'gpadmin',
    unequal: [],
    ...more,
  })

it('a cluster that is whole has no finding', () => {
  expect(told({ judgement: judge(seen()) })).toBeUndefined()
})

it('a cluster that serves without being whole has a warning with host, content, role, mode and since when', () => {
  expect(told()).toMatchObject({
    id: 'database.cluster',
    severity: 'warning',
    text: `the cluster serves, but it is not whole: content 0 on one:6000 is down (mirror, by preference primary, not in sync, since ${since}); content 0 on two:7000 has swapped roles (primary, by preference mirror, not in sync, since ${since})`,
    fix: 'wait: gp-supervisor is recovering it',
    where: 'one, two',
  })
})

it('the fix is what is left to do', () => {
  const byHand = `docker compose exec coordinator su - gpadmin -c 'gprecoverseg -a'`
  expect(told({ absent: ['one'] })?.fix).toBe('start the host one; nothing answers there')
  expect(told({ recovery: 'report' })?.fix).toBe(byHand)
  expect(told({ turn: 'given-up' })?.fix).toBe(`8 attempts did not help; by hand: ${byHand}`)
  expect(told({ attempts: { ...noAttempts, count: 1, failure: 'no space' } })?.cause).toBe(
    'the last attempt failed: no space',
  )
  const swapped = judge(seen({ 2: { role: 'mirror' }, 4: { role: 'primary' } }, { busySessions: 1 }))
  expect(told({ judgement: swapped })?.fix).toBe(
    'the preferred roles are restored once all servers are in sync and no session is busy',
  )
})

it('data that cannot be read is an error; of many servers a few are named, and all are entries', () => {
  const judgement = judge(seen({}, { silent: new Set([2, 3, 4, 5]), standbyStreams: false }))
  expect(told({ judgement })).toMatchObject({
    severity: 'error',
    text: 'some data cannot be read: content 0 on one:6000 does not respond, and nothing can take its place (primary, in sync); content 1 on two:6000 does not respond, and nothing can take its place (primary, in sync); the standby on spare is down (mirror, in sync)',
  })
  const single = judge(seen({ ...withoutMirrors, 2: alone, 3: alone }, { silent: new Set([2]) }))
  expect(entriesOf(single, 'now')).toEqual([
    {
      name: 'content 0 on one:6000',
      state: 'failed',
      at: 'now',
      reason: 'does not respond, and nothing can take its place (primary, not in sync)',
    },
  ])
})

it('a standby that is missing or does not catch up has a fix of its own', () => {
  const judgement = judge(seen({ 6: 'none' }, { standbyHost: 'spare', standbyStreams: false }))
  expect(told({ judgement, recovery: 'report' })).toMatchObject({
    severity: 'warning',
    text: 'the cluster serves, but it is not whole: the standby on spare does not exist yet (mirror, not in sync)',
    fix: `docker compose exec coordinator su - gpadmin -c 'gpinitstandby -a -s spare'`,
  })
  const stopped = judge(seen({}, { silent: new Set([6]), standbyStreams: false }))
  expect(told({ judgement: stopped, recovery: 'report' })?.fix).toBe(
    `docker compose exec coordinator su - gpadmin -c 'gpinitstandby -n'`,
  )
  expect(told({ judgement: judge(seen({}, { standbyStreams: false })) })?.fix).toBe(
    `if the standby does not catch up within minutes, have it made anew: docker compose exec coordinator su - gpadmin -c 'gpinitstandby -ra'`,
  )
})

it('hosts of another image are a warning, once nothing worse is wrong', () => {
  const unequal = [
    { hostname: 'two', differences: ['it lacks /lib/p.so', 'it has PXF 6.9, and the coordinator 6.10'] },
  ]
  expect(told({ judgement: judge(seen()), unequal })).toMatchObject({
    id: 'database.hosts-differ',
    severity: 'warning',
    text: 'not all hosts have the image of the coordinator: two: it lacks /lib/p.so, it has PXF 6.9, and the coordinator 6.10',
    where: 'two',
  })
  expect(told({ unequal })?.id).toBe('database.cluster')
})
