/** Troubles of a cluster in words. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import type { ComponentEntry } from '../health/components.ts'
import { mostAttempts, type Attempts, type Turn } from './attempts.ts'
import type { Unequal } from './compare.ts'
import type { CatalogServer } from './catalog.ts'
import type { Judgement, Step, Trouble, TroubleKind } from './judge.ts'

export interface Told {
  readonly judgement: Judgement
  readonly attempts: Attempts
  readonly turn: Turn
  /** Hosts of the step that cannot be reached. */
  readonly absent: readonly string[]
  readonly recovery: 'auto' | 'report'
  readonly advice: Advice
  readonly user: string
  readonly unequal: readonly Unequal[]
}

/** @returns undefined for a cluster that is whole */
export function explain(told: Told): Finding | undefined {
  const { troubles } = told.judgement
  if (troubles.length === 0) return told.unequal.length === 0 ? undefined : hostsDiffer(told)
  const isServing = troubles.every(({ kind }) => kind !== 'not-running')
  return finding('database.cluster', {
    severity: isServing ? 'warning' : 'error',
    text: `${isServing ? 'the cluster serves, but it is not whole' : 'some data cannot be read'}: ${sentences(troubles)}`,
    cause: told.attempts.failure === '' ? '' : `the last attempt failed: ${told.attempts.failure}`,
    fix: fixOf(told),
    where: [...new Set(troubles.map(({ server }) => server.hostname))].join(', '),
  })
}

function hostsDiffer({ unequal, advice }: Told): Finding {
  const hosts = unequal.map(({ hostname }) => hostname).join(', ')
  return finding('database.hosts-differ', {
    text: `not all hosts have the image of the coordinator: ${unequal.map(({ hostname, differences }) => `${hostname}: ${differences.join(', ')}`).join('; ')}`,
    fix: `create the containers of all hosts from the same image: ${advice.rebuild}, then create that of ${hosts} anew; their data stays`,
    where: hosts,
  })
}

const nameOf = ({ content, hostname, port }: CatalogServer): string =>
  content < 0 ? `the standby on ${hostname}` : `content ${content} on ${hostname}:${port}`

const sentence = (trouble: Trouble): string => `${nameOf(trouble.server)} ${described(trouble)}`

function described({ kind, server }: Trouble): string {
  const { since, role, preferredRole, inSync } = server
  const details = [
    role === preferredRole ? role : `${role}, by preference ${preferredRole}`,
    inSync ? 'in sync' : 'not in sync',
    ...(since === undefined ? [] : [`since ${since}`]),
  ]
  return `${words[kind]} (${details.join(', ')})`
}

/** A host has many servers, and the entries of the component name them all. */
const mostNamed = 3

function sentences(troubles: readonly Trouble[]): string {
  const more = troubles.length - mostNamed
  return [...troubles.slice(0, mostNamed).map(sentence), ...(more > 0 ? [`${more} more`] : [])].join('; ')
}

const words: Readonly<Record<TroubleKind, string>> = {
  'not-running': 'does not respond, and nothing can take its place',
  down: 'is down',
  missing: 'does not exist yet',
  'catching-up': 'is catching up',
  swapped: 'has swapped roles',
}

const states: Readonly<Record<TroubleKind, ComponentEntry['state']>> = {
  'not-running': 'failed',
  down: 'failed',
  missing: 'pending',
  'catching-up': 'starting',
  swapped: 'pending',
}

/** One entry for each server with a trouble. */
export const entriesOf = ({ troubles }: Judgement, now: string): ComponentEntry[] =>
  troubles.map((trouble) => ({
    name: nameOf(trouble.server),
    state: states[trouble.kind],
    at: trouble.server.since ?? now,
    reason: described(trouble),
  }))

function fixOf({ judgement: { step, troubles }, absent, recovery, turn, advice, user }: Told): string {
  if (absent.length > 0) return `start the host ${absent.join(', ')}; nothing answers there`
  if (step.kind === 'none') {
    // It runs: one that does not is started.
    if (troubles.some(({ kind, server }) => kind === 'down' && server.content < 0))
      return `if the standby does not catch up within minutes, have it made anew: ${advice.asAdministrator(user, 'gpinitstandby -ra')}`
    return troubles.some(({ kind }) => kind === 'swapped')
      ? 'the preferred roles are restored once all servers are in sync and no session is busy'
      : ''
  }
  const byHand = advice.asAdministrator(user, commandFor(step))
  if (recovery === 'report') return byHand
  return turn === 'given-up'
    ? `${mostAttempts} attempts did not help; by hand: ${byHand}`
    : 'wait: gp-supervisor is recovering it'
}

function commandFor({ kind, servers }: Exclude<Step, { kind: 'none' }>): string {
  if (kind === 'create-standby') return `${commands[kind]} ${servers[0]?.hostname ?? ''}`
  // A standby alone is no reason to interrupt everything else.
  const isStandby = servers.every(({ content }) => content < 0)
  return kind === 'start' && isStandby ? 'gpinitstandby -n' : commands[kind]
}

/** Without a mirror only a start of the whole cluster starts a primary. */
const commands: Readonly<Record<Exclude<Step['kind'], 'none'>, string>> = {
  start: 'gpstop -ar -M fast',
  recover: 'gprecoverseg -a',
  'create-standby': 'gpinitstandby -a -s',
  rebalance: 'gprecoverseg -ra',
}

/** How many servers the catalog has in each state, for the metrics. */
export function countsOf({ troubles }: Judgement, servers: number): ReadonlyMap<string, number> {
  const known = troubles.filter(({ kind }) => kind !== 'missing').length
  const counts = new Map<string, number>([['well', servers - known]])
  for (const kind of Object.keys(words)) counts.set(kind, 0)
  for (const { kind } of troubles) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
