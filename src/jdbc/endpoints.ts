/** Checks whether a host name resolves and whether something is listening on the port, each within two seconds. */
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { errnoOf, reasonOf } from '../errors.ts'
import { sleep } from '../time.ts'
import type { Endpoint } from './url.ts'

export type Reached =
  | { readonly kind: 'open' }
  /** The name has no address. */
  | { readonly kind: 'unresolved'; readonly reason: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable'; readonly reason: string }

const limitMs = 2000

export async function reach({ host, port }: Endpoint): Promise<Reached> {
  try {
    const late = sleep(limitMs).then(() =>
      Promise.reject(new Error('no response from the name service within 2 s')),
    )
    const { address } = await Promise.race([lookup(host), late])
    return port === undefined ? { kind: 'open' } : await dial(address, port)
  } catch (error) {
    return { kind: 'unresolved', reason: errnoOf(error) ?? reasonOf(error) }
  }
}

function dial(address: string, port: number): Promise<Reached> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: limitMs })
    const done = (reached: Reached) => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', () => done({ kind: 'open' }))
    socket.once('timeout', () => done({ kind: 'unreachable', reason: 'no response within 2 s' }))
    socket.once('error', (error) =>
      done(
        errnoOf(error) === 'ECONNREFUSED'
          ? { kind: 'refused' }
          : { kind: 'unreachable', reason: errnoOf(error) ?? reasonOf(error) },
      ),
    )
  })
}
