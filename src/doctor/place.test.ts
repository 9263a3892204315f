import { expect, it } from 'vitest'
import { judgePlace } from './place.ts'

it('what a preflight refuses is an error, what it warns of a warning, and nothing is said twice', () => {
  const disk = {
    id: 'disk',
    level: 'warn',
    text: '/data has 3 MiB free; a full disk stops the database',
    mend: 'make room',
  } as const
  const owner = { id: 'owner', level: 'refuse', text: '/data belongs to user 7', mend: 'chown' } as const
  const password = { id: 'password', level: 'warn', text: 'told by the database itself', mend: '' } as const
  const seed = { id: 'seed.server.db', level: 'warn', text: 'told by the seeds', mend: '' } as const
  expect(judgePlace([disk], [{ ...disk, text: 'as it was then' }, owner, password, seed]).complaints).toEqual(
    [
      {
        id: 'place.disk',
        level: 'warn',
        text: '/data has 3 MiB free',
        cause: 'a full disk stops the database',
        mend: 'make room',
      },
      { id: 'place.owner', level: 'error', text: '/data belongs to user 7', cause: '', mend: 'chown' },
    ],
  )
})

it('says nothing of who asks: a doctor may be root where the supervisor is not', () => {
  const root = { id: 'root', level: 'refuse', text: 'this runs as root', mend: '' } as const
  expect(judgePlace([root], []).complaints).toEqual([])
})
