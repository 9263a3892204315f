/** Judges the facts about the database: servers, segments, databases, extension, access. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import type { Postmaster } from '../greenplum/data-directories.ts'
import { passwordFinding } from '../greenplum/password-finding.ts'
import type { PasswordState } from '../greenplum/password-hash.ts'
import { variableName, type ImageProfile } from '../image/profile.ts'
import { shellWord } from '../printable.ts'
import type { Around } from './supervisor.ts'

export interface DatabaseFacts {
  readonly user: string
  readonly profile: Pick<ImageProfile, 'prefix'>
  /** The host name that PXF's tools use for the coordinator. */
  readonly host: string
  readonly coordinatorDirectory: string
  readonly servers: readonly { readonly path: string; readonly state: Postmaster['state'] }[]
  /** undefined if the coordinator is not running. */
  readonly session: SessionFacts | undefined
  readonly hba: {
    readonly path: string
    readonly text: string | undefined
    /** undefined if the rule is not wanted, or if the file cannot be read. */
    readonly hasRule: boolean | undefined
    readonly ownAddresses: readonly string[]
  }
}

export interface ExtensionState {
  readonly database: string
  readonly installed: string | undefined
  readonly available: string | undefined
  /** Why it could not be queried; empty if it was. */
  readonly failure: string
}

export type SessionFacts =
  /** `starting`: a temporary condition. */
  | { readonly kind: 'refused'; readonly reason: string; readonly starting: boolean }
  | {
      readonly kind: 'open'
      readonly segments: readonly { readonly name: string; readonly down: boolean }[]
      /** The result of a query on every segment. */
      readonly dispatch: { readonly answered: number; readonly failure: string }
      readonly databases: readonly string[]
      readonly missingDatabases: readonly string[]
      readonly extensions: readonly ExtensionState[]
      /** Set if a session over TCP, like those of PXF's tools, fails. */
      readonly unverified: Finding | undefined
      readonly password: PasswordState
    }

export function judgeDatabase(facts: DatabaseFacts, around: Around): Opinion {
  const { running, advice } = around
  if (running === 'elsewhere') return { seen: 'running in another container', findings: hba(facts, around) }
  const { session, servers, user } = facts
  if (session === undefined) {
    const findings = [...down(facts, around), ...hba(facts, around)]
    return { seen: `no coordinator is running; ${servers.length} server directories`, findings }
  }
  if (session.kind === 'refused')
    return { seen: 'no session', findings: [refused(session, advice), ...hba(facts, around)] }
  const extensions = session.extensions.map(
    ({ database, installed }) => `${installed ?? 'none'} in ${database}`,
  )
  return {
    seen: `${session.dispatch.answered} of ${session.segments.length} segments respond; extension pxf: ${extensions.join(', ') || 'not configured'}`,
    findings: [
      ...segments(session, advice),
      ...session.missingDatabases.map((name) => databaseMissing(name, facts, advice)),
      ...session.extensions.flatMap((state) => extension(state, user, advice)),
      ...hba(facts, around),
      // If the rule is missing, the reason is known.
      ...(session.unverified === undefined || facts.hba.hasRule === false ? [] : [session.unverified]),
      ...(session.password === 'different' ? [passwordFinding(facts, advice)] : []),
    ],
  }
}

function down(
  { servers, coordinatorDirectory, user }: DatabaseFacts,
  { running, advice }: Around,
): Finding[] {
  const dead = servers.filter(({ state }) => state === 'dead').map(({ path }) => path)
  // In a stopped container no server is expected to run; only killed ones are reported.
  if (running === 'nowhere') {
    if (dead.length === 0) return []
    return [
      finding('database.killed', {
        text: `servers were not shut down: ${dead.join(', ')}`,
        cause: 'their pid files exist, but their processes do not',
        fix: 'nothing needs to be done: the next start recovers them',
      }),
    ]
  }
  const unknown = servers.find(({ path, state }) => path === coordinatorDirectory && state === 'unknown')
  if (unknown !== undefined) {
    return [
      finding('database.unreadable', {
        text: `cannot tell whether the coordinator in ${coordinatorDirectory} is running`,
        cause: 'its pid file, or the process that it names, cannot be inspected',
        fix: advice.restart,
        where: coordinatorDirectory,
      }),
    ]
  }
  return [
    finding('database.down', {
      text: `the coordinator in ${coordinatorDirectory} is not running`,
      cause:
        dead.length === 0
          ? 'there is no pid file: it was stopped, or did not start'
          : `its pid file exists, but its process does not: it was killed (${dead.join(', ')}) and needs crash recovery`,
      fix: `see ${advice.log} for the reason; if it was stopped by hand: ${advice.asAdministrator(user, 'gpstart -a')}, otherwise: ${advice.restart}`,
      where: coordinatorDirectory,
    }),
  ]
}

const refused = (
  { reason, starting }: Extract<SessionFacts, { kind: 'refused' }>,
  { log, restart }: Advice,
): Finding =>
  finding('database.refused', {
    text: 'the coordinator is running but accepts no session',
    cause: reason,
    fix: starting ? `wait: it is starting or recovering from a crash; its log is in ${log}` : restart,
  })

function segments(
  { segments: all, dispatch }: Extract<SessionFacts, { kind: 'open' }>,
  { restart }: Advice,
): Finding[] {
  const lost = all.filter((segment) => segment.down).map(({ name }) => name)
  if (lost.length === 0 && dispatch.failure === '' && dispatch.answered === all.length) return []
  return [
    finding('database.segments', {
      text: lost.length === 0 ? 'a query on every segment fails' : `segments are down: ${lost.join(', ')}`,
      cause: dispatch.failure || `${dispatch.answered} of ${all.length} segments respond`,
      fix: restart,
    }),
  ]
}

const databaseMissing = (name: string, { profile }: DatabaseFacts, { restart }: Advice): Finding =>
  finding('database.missing', {
    text: `database "${name}" does not exist`,
    fix: `a start creates the database of ${variableName(profile, 'DATABASE_NAME')}: ${restart}; create those of PXF_EXTENSION_DATABASES by hand: CREATE DATABASE "${name}"`,
    where: name,
  })

function extension(
  { database, installed, available, failure }: ExtensionState,
  user: string,
  { restart, asAdministrator }: Advice,
): Finding[] {
  const byHand = (sql: string) => asAdministrator(user, `psql -d ${shellWord(database)} -c "${sql}"`)
  if (failure !== '') {
    const text = `cannot check extension pxf in "${database}"`
    return [finding('extension.unreadable', { text, cause: failure, fix: restart, where: database })]
  }
  if (installed === undefined) {
    return [
      finding('extension.missing', {
        text: `extension pxf is missing in "${database}": external tables fail with: protocol "pxf" does not exist`,
        cause:
          available === undefined
            ? 'it is not installed in the server (no pxf.control)'
            : 'it was never created, or was dropped',
        fix:
          available === undefined
            ? `${asAdministrator(user, 'pxf register')}, or use an image with PXF`
            : `the supervisor recreates it within half a minute; if not: ${restart}; or by hand: ${byHand('CREATE EXTENSION pxf')}`,
        where: database,
      }),
    ]
  }
  if (available === undefined || installed === available) return []
  return [
    finding('extension.outdated', {
      text: `extension pxf in "${database}" has version ${installed}, but the image has ${available}`,
      cause: 'the image was changed',
      fix: `a start updates it: ${restart}; or by hand: ${byHand('ALTER EXTENSION pxf UPDATE')}`,
      where: database,
    }),
  ]
}

function hba(
  { hba: { path, hasRule, text, ownAddresses }, user }: DatabaseFacts,
  { running, advice }: Around,
): Finding[] {
  if (hasRule === false) {
    return [
      finding('hba.rule', {
        // Before a start this is normal, because each start adds the rule.
        severity: running === 'nowhere' ? 'note' : 'error',
        text: `${path} lacks the rule for this host; after a change of address, tools fail with: password authentication failed for user "${user}"`,
        cause: 'it was edited, or no start with the supervisor has finished on this volume',
        fix: `a start adds it (host all ${user} samehost ...): ${advice.restart}`,
        where: path,
      }),
    ]
  }
  if (hasRule !== undefined || text === undefined) return []
  const drifted = driftedAddresses(text, user, ownAddresses)
  if (drifted.length === 0) return []
  return [
    finding('hba.address', {
      text: `${path} trusts ${drifted.join(', ')}, but the address of this container is now ${ownAddresses.join(', ')}`,
      cause: `its address has changed, and PG_HBA_SAMEHOST is off; tools fail with: password authentication failed for user "${user}"`,
      fix: advice.variable('PG_HBA_SAMEHOST', 'trust'),
      where: path,
    }),
  ]
}

/** The single addresses that the first start trusted, if none of them belongs to this container any more. */
export function driftedAddresses(text: string, user: string, own: readonly string[]): string[] {
  const trusted = text.split('\n').flatMap((line) => {
    const [type, , who, address = '', method] = line.trim().split(/\s+/)
    const single = /^([\d.]+)\/32$/.exec(address)?.[1]
    return type === 'host' && who === user && method === 'trust' && single !== undefined ? [single] : []
  })
  const stale = trusted.filter((address) => !own.includes(address) && !address.startsWith('127.'))
  return stale.length > 0 && !trusted.some((address) => own.includes(address)) ? stale : []
}
