/** Whether something accepts connections at an address. Nothing is sent. */
import { connect } from 'node:net'

/** By which the tools of Greenplum get from host to host. */
export const sshPort = 22

/** A host that is gone does not answer at all. */
const timeoutMs = 2000

/** One attempt, including the look-up of the name. Never rejects. */
export function accepts({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (result: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    const socket = connect({ host, port })
    // The socket's own timeout does not cover the look-up.
    const timer = setTimeout(() => finish(false), timeoutMs)
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
