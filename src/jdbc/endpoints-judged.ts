/** Judges where the URLs of the JDBC servers lead. Pure. */
import type { Advice } from '../findings/advice.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { Reached } from './endpoints.ts'
import { endpointKey, type Endpoint } from './url.ts'

interface EndpointsAround {
  readonly reached: ReadonlyMap<string, Reached>
  /** Beside a container that is stopped its sources may well be stopped, too. */
  readonly isRunning: boolean
  readonly advice: Advice
}

export function judgeEndpoints(
  path: string,
  endpoints: readonly Endpoint[],
  { reached, isRunning, advice }: EndpointsAround,
): Finding[] {
  const severity: Severity = isRunning ? 'error' : 'warning'
  return endpoints.flatMap((endpoint): Finding[] => {
    const key = endpointKey(endpoint)
    const local = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(endpoint.host)
      ? [
          finding('jdbc.localhost', {
            text: `${path}: jdbc.url leads to ${key}, which is this container itself`,
            fix: `name ${advice.sourceHost}`,
            where: path,
          }),
        ]
      : []
    const answer = reached.get(key)
    const remote = answer === undefined ? undefined : unreached(path, key, answer, advice)
    return [...local, ...(remote === undefined ? [] : [{ ...remote, severity }])]
  })
}

function unreached(
  path: string,
  key: string,
  reached: Reached,
  { network, neighbours }: Advice,
): Finding | undefined {
  const where = path
  switch (reached.kind) {
    case 'open':
      return undefined
    case 'unresolved':
      return finding('jdbc.host', {
        text: `${path}: the host of ${key} cannot be found`,
        cause: reached.reason,
        fix: `is the name right, and does the source run in ${network}? ${neighbours}`,
        where,
      })
    case 'refused':
      return finding('jdbc.port', {
        text: `${path}: ${key} refuses connections`,
        cause: 'nothing listens on that port',
        fix: `does the source run, and is the port right? ${neighbours}`,
        where,
      })
    case 'unreachable':
      return finding('jdbc.port', {
        text: `${path}: ${key} cannot be reached`,
        cause: reached.reason,
        fix: 'is the host right, and does a firewall stand between?',
        where,
      })
  }
}
