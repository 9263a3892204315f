/** The servers of this host and whether each runs, for `/status` and the metrics. */
import type { ObservedServer } from '../../greenplum/readiness.ts'
import { nameOfServer } from '../../server-logs/servers.ts'
import type { PartRun } from '../part.ts'

export interface ServerList {
  /** Never throws. Files are read only where a server has come, gone or changed its state. */
  readonly see: (seen: readonly ObservedServer[]) => Promise<void>
}

export function createServerList({ config, learn }: Pick<PartRun, 'config' | 'learn'>): ServerList {
  let known = ''
  return {
    see: async (seen) => {
      const now = seen.map(({ directory, postmaster }) => `${directory} ${stateOf(postmaster)}`).join('\n')
      if (now === known) return
      known = now
      const named = await Promise.all(
        seen.map(async ({ directory, postmaster }) => ({
          ...(await nameOfServer(directory, config.greenplum)),
          up: postmaster.state === 'alive',
        })),
      )
      learn({
        servers: named.flatMap(({ content, role, port = 0, up }) =>
          content === undefined ? [] : [{ content, role, port, up }],
        ),
      })
    },
  }
}

/** A restarted server may have another port. */
const stateOf = (postmaster: ObservedServer['postmaster']): string =>
  postmaster.state === 'alive' ? `alive ${postmaster.file.pid} ${postmaster.file.port}` : postmaster.state
