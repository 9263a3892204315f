/**
 * What is wrong with a cluster of several hosts, and the one thing to do next. Pure.
 *
 * A server is only ever started in the role that the catalog gives it. Greenplum changes the catalog before it promotes
 * a mirror, so the catalog is never behind: a former primary is a mirror there, and comes back by `gprecoverseg` alone,
 * which first rewinds it. A primary is started only where nothing can be promoted in its place: its mirror is marked as
 * down, does not answer either, or does not exist.
 */
import type { Catalog, CatalogServer } from './catalog.ts'

export interface Seen extends Catalog {
  /** The servers that accept no connection, by dbid. Only looked for while queries fail, and for a standby. */
  readonly silent: ReadonlySet<number>
  /** Where a standby is to be; undefined where none is wanted. */
  readonly standbyHost: string | undefined
}

/** The worst first: nothing can be read; no spare is left, or was ever there; it is not where it should be. */
export type TroubleKind = 'not-running' | 'down' | 'missing' | 'catching-up' | 'swapped'

export interface Trouble {
  readonly kind: TroubleKind
  readonly server: CatalogServer
}

export type Step =
  | { readonly kind: 'none' }
  /** Starts servers that do not run, in the role that they have. */
  | { readonly kind: 'start'; readonly servers: readonly CatalogServer[] }
  /** `gprecoverseg`: brings mirrors that are marked as down up to date, and starts them. */
  | { readonly kind: 'recover'; readonly servers: readonly CatalogServer[] }
  /** `gpinitstandby`: the standby that is wanted is created. */
  | { readonly kind: 'create-standby'; readonly servers: readonly CatalogServer[] }
  /** `gprecoverseg -r`: every server gets its preferred role back. */
  | { readonly kind: 'rebalance'; readonly servers: readonly CatalogServer[] }

export interface Judgement {
  readonly troubles: readonly Trouble[]
  readonly step: Step
}

export function judge(seen: Seen): Judgement {
  const troubles = seen.servers.flatMap((server) => {
    const kind = troubleOf(server, seen)
    return kind === undefined ? [] : [{ kind, server }]
  })
  troubles.push(...missingStandby(seen))
  return { troubles, step: nextStep(troubles, seen) }
}

function troubleOf(server: CatalogServer, seen: Seen): TroubleKind | undefined {
  const { content, role, preferredRole, up, inSync } = server
  if (content < 0) return role === 'mirror' && !seen.standbyStreams ? 'down' : undefined
  if (role === 'primary' && seen.silent.has(server.dbid)) return 'not-running'
  if (!up) return 'down'
  if (role === 'mirror' && !inSync) return 'catching-up'
  return role === preferredRole ? undefined : 'swapped'
}

function nextStep(troubles: readonly Trouble[], seen: Seen): Step {
  const of = (kind: TroubleKind, test: (server: CatalogServer) => boolean = () => true) =>
    troubles.filter((trouble) => trouble.kind === kind && test(trouble.server)).map(({ server }) => server)
  const start = [
    ...of('not-running', (server) => cannotBeReplaced(server, seen)),
    // One that runs and does not receive anything is not helped by a start.
    ...of('down', ({ content, dbid }) => content < 0 && seen.silent.has(dbid)),
  ]
  if (start.length > 0) return { kind: 'start', servers: start }
  const isDead = new Set(of('not-running').map(({ content }) => content))
  const recover = of('down', ({ content }) => content >= 0 && !isDead.has(content))
  if (recover.length > 0) return { kind: 'recover', servers: recover }
  const missing = of('missing')
  if (missing.length > 0) return { kind: 'create-standby', servers: missing }
  const swapped = of('swapped')
  const isCalm = troubles.length === swapped.length && seen.busySessions === 0
  return swapped.length > 0 && isCalm ? { kind: 'rebalance', servers: swapped } : { kind: 'none' }
}

/** It gets the port and the directory of the coordinator. */
function missingStandby({ servers, standbyHost: hostname }: Seen): Trouble[] {
  const coordinator = servers.find(({ content, role }) => content < 0 && role === 'primary')
  const exists = servers.some(({ content, role }) => content < 0 && role === 'mirror')
  if (hostname === undefined || exists || coordinator === undefined) return []
  const { content, port, directory } = coordinator
  const place = { content, port, directory, hostname, address: hostname }
  const role = { role: 'mirror', preferredRole: 'mirror' } as const
  return [{ kind: 'missing', server: { ...place, ...role, dbid: 0, inSync: false, up: false } }]
}

function cannotBeReplaced({ content, dbid }: CatalogServer, { servers, silent }: Seen): boolean {
  const mirror = servers.find((other) => other.content === content && other.dbid !== dbid)
  return mirror === undefined || !mirror.up || silent.has(mirror.dbid)
}
