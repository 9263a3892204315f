import { expect, it } from 'vitest'
import { holderIn } from './lock-holder.ts'

const locks = `1: POSIX  ADVISORY  READ 1001 08:01:4242 128 128
2: FLOCK  ADVISORY  WRITE 31337 00:2f:4242 0 EOF
2: -> FLOCK  ADVISORY  WRITE 31338 00:2f:4242 0 EOF
`

it('the holder of the lock is found by the number of its file', () => {
  expect(holderIn(locks, 4242)).toBe(31337)
  expect(holderIn(locks, 1)).toBeUndefined()
  expect(holderIn('', 4242)).toBeUndefined()
})
