/** Queries a running supervisor, for the commands `health` and `status`, and for the doctor. */
import { request } from 'node:http'
import { SupervisorError, errnoOf, reasonOf } from '../errors.ts'
import { deadline } from '../time.ts'

export interface Reply {
  readonly status: number
  readonly text: string
}

/** Ample: the supervisor answers from memory within a millisecond. */
const timeoutMs = 3000
const late = 'no response within 3 s'

/** @param accept `text/plain` for people, `application/json` for programs */
export function ask(
  { host, port }: { readonly host: string; readonly port: number },
  path: string,
  accept: string,
): Promise<Reply> {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  const limit = deadline(timeoutMs)
  return new Promise<Reply>((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new SupervisorError(`cannot reach the supervisor on ${reachable}:${port}: ${why}`, {
          code: 'unreachable',
        }),
      )
    const call = request(
      { host: reachable, port, path, headers: { accept }, signal: limit.signal, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', () => fail(limit.signal.aborted ? late : 'its answer was cut off'))
      },
    )
    call.on('error', (error) => {
      if (limit.signal.aborted) return fail(late)
      fail(errnoOf(error) === 'ECONNREFUSED' ? 'nothing is listening there; is it running?' : reasonOf(error))
    })
    call.end()
  }).finally(limit.clear)
}
