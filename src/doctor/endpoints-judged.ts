/** Judges where the URLs of the JDBC servers lead. Pure. */
import type { Reached } from './endpoints.ts'
import type { Complaint } from './finding.ts'
import { endpointKey, type Endpoint } from './jdbc-url.ts'
import type { Running } from './supervisor.ts'

export function judgeEndpoints(
  path: string,
  endpoints: readonly Endpoint[],
  { reached, running }: { readonly reached: ReadonlyMap<string, Reached>; readonly running: Running },
): Complaint[] {
  // Beside a stopped stand its other services may well be stopped, too.
  const level = running === 'here' ? ('error' as const) : ('warn' as const)
  return endpoints.flatMap((endpoint): Complaint[] => {
    const key = endpointKey(endpoint)
    const local: Complaint[] = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(endpoint.host)
      ? [
          {
            id: 'jdbc.localhost',
            level: 'warn',
            text: `${path}: jdbc.url leads to ${key}, which is this container itself`,
            cause: '',
            mend: 'name the service of the source, such as bookings-db; the machine outside is host.docker.internal',
          },
        ]
      : []
    const answer = reached.get(key)
    const remote = answer === undefined ? [] : unreached(path, key, answer)
    return [...local, ...remote.map((complaint) => ({ ...complaint, level }))]
  })
}

function unreached(path: string, key: string, reached: Reached): Omit<Complaint, 'level'>[] {
  switch (reached.kind) {
    case 'open':
      return []
    case 'unresolved':
      return [
        {
          id: 'jdbc.host',
          text: `${path}: the host of ${key} cannot be found`,
          cause: reached.reason,
          mend: 'is the name right, and does that service run in the same Compose network? docker compose ps',
        },
      ]
    case 'refused':
      return [
        {
          id: 'jdbc.port',
          text: `${path}: ${key} refuses connections`,
          cause: 'nothing listens on that port',
          mend: 'does that service run, and is the port right? docker compose ps',
        },
      ]
    case 'unreachable':
      return [
        {
          id: 'jdbc.port',
          text: `${path}: ${key} cannot be reached`,
          cause: reached.reason,
          mend: 'is the host right, and does a firewall stand between?',
        },
      ]
  }
}
