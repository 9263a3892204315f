/** Judges the hosts and ports in the URLs of the JDBC servers. Pure. */
import type { Advice } from '../findings/advice.ts'
import type { Severity } from '../findings/catalogue/entry.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { Reached } from './endpoints.ts'
import { endpointKey, type Endpoint } from './url.ts'

interface EndpointsAround {
  readonly reached: ReadonlyMap<string, Reached>
  /** If the container is stopped, its sources may be stopped as well. */
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
            text: `${path}: jdbc.url refers to ${key}, which is this container itself`,
            fix: `use ${advice.sourceHost}`,
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
        text: `${path}: the host name in ${key} cannot be resolved`,
        cause: reached.reason,
        fix: `check that the name is correct and that the source is running in ${network}: ${neighbours}`,
        where,
      })
    case 'refused':
      return finding('jdbc.port', {
        text: `${path}: ${key} refuses connections`,
        cause: 'nothing is listening on that port',
        fix: `check that the source is running and that the port is correct: ${neighbours}`,
        where,
      })
    case 'unreachable':
      return finding('jdbc.port', {
        text: `${path}: ${key} cannot be reached`,
        cause: reached.reason,
        fix: 'check that the host is correct and that no firewall blocks the connection',
        where,
      })
  }
}
