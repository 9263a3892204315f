/** Whether a server of this host may be started as the coordinator wants it. Pure. */
import type { HostFacts, ServerFacts } from '../fast-start/facts.ts'
import type { PhaseName } from '../health/components.ts'
import type { Wanted } from './wanted.ts'

/** @param phase of the supervisor of this host; undefined if none responds */
export function reasonAgainstHost(phase: PhaseName | undefined): string | undefined {
  if (phase === undefined)
    return 'no supervisor responds on this host, so nobody would stop the servers again'
  return phase === 'stopping' || phase === 'stopped' ? 'this host is stopping' : undefined
}

export type Suitability =
  | { readonly kind: 'suitable' | 'runs'; readonly server: ServerFacts }
  | { readonly kind: 'unsuitable'; readonly reason: string }

/** The files must be those of this very server, in this very role, and nothing may work on them. */
export function suitabilityOf(wanted: Wanted, { servers, catalogVersion }: HostFacts): Suitability {
  const server = servers.find(({ directory }) => directory === wanted.directory)
  const unsuitable = (reason: string): Suitability => ({
    kind: 'unsuitable',
    reason: `${wanted.directory}: ${reason}`,
  })
  if (server === undefined) return unsuitable('there is no server in it; is this the volume of this host?')
  const { content, control, dbid, port, postmaster, processes, replication, socket } = server
  if (dbid !== wanted.dbid || content !== wanted.content || port !== wanted.port)
    return unsuitable(
      `it has dbid ${dbid ?? '(none)'}, content ${content ?? '(none)'} and port ${port ?? '(none)'}, and the catalog ${wanted.dbid}, ${wanted.content} and ${wanted.port}`,
    )
  // Without these files a server opens for writing. With them it waits for its promotion, which the coordinator decides
  // in the catalog first and then asks for until it is done; so a primary may have them, and a mirror has to.
  const follows = replication.some((sign) => !sign.includes('/'))
  if (wanted.role === 'mirror' && !follows)
    return unsuitable(
      'the catalog has it as a mirror, and its files as a primary; only gprecoverseg rewinds it',
    )
  if (control === undefined || control.catalogVersion !== catalogVersion)
    return unsuitable(
      `its catalog version is ${control?.catalogVersion ?? 'unknown'}, and that of the programs ${catalogVersion ?? 'unknown'}; does this host have the same image?`,
    )
  if (postmaster.state === 'alive') return { kind: 'runs', server }
  if (postmaster.state === 'unknown')
    return unsuitable(`it cannot be told whether it runs: ${postmaster.reason}`)
  if (processes.length > 0) return unsuitable(`processes work in it: ${processes.join(', ')}`)
  if (socket.state === 'held')
    return unsuitable(`its socket ${socket.socket} is used by process ${socket.pid}`)
  return { kind: 'suitable', server }
}
