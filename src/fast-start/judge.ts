/**
 * Decides whether the servers of this host may be started without gpstart. These are the checks of gpstart that protect
 * data, for a cluster of one host, and those that take the place of what gpstart reads from the catalog. Every doubt
 * leads to gpstart. Pure.
 */
import type { HostFacts, ServerFacts } from './facts.ts'

type Check = (host: HostFacts) => string | undefined

/** In the order in which a reader wants to know: what is the cluster, is it whole, does anything run already? */
export const checks = {
  servers: ({ servers, unexplained }) => {
    if (unexplained.length > 0)
      return `the data directory has more than this cluster: ${unexplained.join(', ')}`
    if (servers[0]?.isCoordinator !== true) return 'there is no coordinator'
    return servers.length < 2 ? 'there is no segment' : undefined
  },
  contents: ({ servers }) => {
    const wrong = servers.find(({ content, contentOfName }) => content !== contentOfName)
    if (wrong !== undefined)
      return `${wrong.directory} has the content id ${wrong.content ?? '(none)'} in its settings`
    const contents = servers.map(({ content }) => content ?? -2).toSorted((a, b) => a - b)
    const expected = contents.map((_, index) => index - 1)
    return contents.join() === expected.join()
      ? undefined
      : `its content ids are ${contents.join(', ')} instead of ${expected.join(', ')}`
  },
  dbids: ({ servers }) => distinct(servers, 'dbid'),
  ports: ({ servers }) =>
    distinct(servers, 'port') ??
    ofServer(servers, ({ includedFiles }) =>
      includedFiles.length > 0 ? `its postgresql.conf includes ${includedFiles.join(', ')}` : undefined,
    ),
  catalogVersion: ({ servers, catalogVersion }) =>
    catalogVersion === undefined
      ? 'postgres does not tell its catalog version'
      : ofServer(servers, ({ control }) =>
          control?.catalogVersion === catalogVersion
            ? undefined
            : `its catalog version is ${control?.catalogVersion ?? 'unknown'}, and that of the programs ${catalogVersion}`,
        ),
  checksums: ({ servers }) =>
    new Set(servers.map(({ control }) => control?.checksums)).size > 1
      ? 'its servers differ in their checksum setting'
      : undefined,
  mirrors: ({ servers }) =>
    ofServer(servers, ({ replication, synchronousStandbys, control }) => {
      if (replication.length > 0) return `it has ${replication.join(', ')}, as a mirror or a standby`
      if (synchronousStandbys !== '') return `it has the synchronous standby ${synchronousStandbys}`
      return control !== undefined && !ordinaryStates.has(control.state)
        ? `its state is "${control.state}"`
        : undefined
    }),
  expansion: ({ expanding }) => (expanding ? 'an expansion of the cluster has begun' : undefined),
  running: ({ servers }) =>
    ofServer(servers, ({ postmaster }) => {
      if (postmaster.state === 'alive') return `its server runs already (pid ${postmaster.file.pid})`
      return postmaster.state === 'unknown'
        ? `it cannot be told whether its server runs: ${postmaster.reason}`
        : undefined
    }),
  orphans: ({ servers }) =>
    ofServer(servers, ({ processes }) =>
      processes.length > 0 ? `processes work in it: ${processes.join(', ')}` : undefined,
    ),
  sockets: ({ servers }) =>
    ofServer(servers, ({ socket }) =>
      socket.state === 'held' ? `its socket ${socket.socket} is used by process ${socket.pid}` : undefined,
    ),
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof checks

/** `shut down` and what a killed server leaves. The others are those of a mirror, or of a restored backup. */
const ordinaryStates: ReadonlySet<string> = new Set([
  'starting up',
  'shut down',
  'shutting down',
  'in crash recovery',
  'in production',
])

/** @returns why gpstart has to run, or undefined if it is not needed */
export function reasonForGpstart(host: HostFacts, without: readonly string[] = []): string | undefined {
  const names = (Object.keys(checks) as CheckName[]).filter((name) => !without.includes(name))
  return names.map((name) => checks[name](host)).find((reason) => reason !== undefined)
}

function ofServer(
  servers: readonly ServerFacts[],
  judge: (server: ServerFacts) => string | undefined,
): string | undefined {
  return servers
    .map((server) => {
      const reason = judge(server)
      return reason === undefined ? undefined : `${server.directory}: ${reason}`
    })
    .find((reason) => reason !== undefined)
}

function distinct(servers: readonly ServerFacts[], what: 'dbid' | 'port'): string | undefined {
  const missing = servers.find((server) => server[what] === undefined)
  if (missing !== undefined) return `${missing.directory}: its ${what} is not in its settings`
  const values = servers.map((server) => server[what])
  return new Set(values).size === values.length ? undefined : `several servers have the same ${what}`
}
