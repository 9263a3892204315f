/** Who gets in without the password, by the address that the server sees, for both methods of the samehost rule. */
import { describe, expect, it } from 'vitest'
import { login, logInFrom } from './beside.ts'
import { createStand, hasEngine, mustBeProven } from './stand.ts'

const refused = 'password authentication failed'

describe.runIf(hasEngine())('trust', () => {
  it.each(['trust', 'md5'])(
    'PG_HBA_SAMEHOST=%s: clients of the published port, and other containers, need the password',
    async (method) => {
      const stand = await createStand({ environment: { PG_HBA_SAMEHOST: method } })
      await stand.up()
      expect(await login(stand, 'wrong')).toContain(refused)
      expect(await login(stand, 'gpadmin')).toBe('in')
      const neighbour = { network: `${stand.project}_default`, host: 'greenplum' }
      expect(await logInFrom(neighbour, 'wrong')).toContain(refused)
      expect(await logInFrom(neighbour, 'gpadmin')).toBe('in')
      mustBeProven(await stand.stop())
    },
  )

  it.each([
    ['trust', 'in'],
    ['md5', refused],
  ])(
    'PG_HBA_SAMEHOST=%s: a forwarder inside the network of the container, as some rootless engines have: %s',
    async (method, expected) => {
      const stand = await createStand({ environment: { PG_HBA_SAMEHOST: method } })
      await stand.up()
      // The server sees its own address, or loopback, whoever sits at the other end of the forwarder.
      const network = `container:${stand.container}`
      for (const host of [(await stand.state()).address, '127.0.0.1']) {
        expect(await logInFrom({ network, host }, 'wrong')).toContain(expected)
        expect(await logInFrom({ network, host }, 'gpadmin')).toBe('in')
      }
      mustBeProven(await stand.stop())
    },
  )
})
