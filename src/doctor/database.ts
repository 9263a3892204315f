/** Judges what was seen of the database: servers, segments, databases, extension, access. Pure. */
import type { Postmaster } from '../greenplum/data-directories.ts'
import type { PasswordState } from '../greenplum/password-hash.ts'
import { inside, type Complaint, type Opinion } from './finding.ts'
import type { Running } from './supervisor.ts'

export interface DatabaseFacts {
  readonly user: string
  /** The name under which PXF's tools reach the coordinator. */
  readonly host: string
  readonly coordinatorDirectory: string
  readonly servers: readonly { readonly path: string; readonly state: Postmaster['state'] }[]
  /** undefined where the coordinator does not run. */
  readonly session: SessionFacts | undefined
  readonly hba: {
    readonly path: string
    readonly text: string | undefined
    /** undefined where the rule is not wanted, or the file cannot be read. */
    readonly hasRule: boolean | undefined
    readonly ownAddresses: readonly string[]
  }
}

export interface ExtensionState {
  readonly database: string
  readonly installed: string | undefined
  readonly available: string | undefined
  /** Why it could not be looked at. */
  readonly failure: string
}

export type SessionFacts =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'open'
      readonly segments: readonly { readonly name: string; readonly down: boolean }[]
      /** Of a query on every segment. */
      readonly dispatch: { readonly answered: number; readonly failure: string }
      readonly databases: readonly string[]
      readonly missingDatabases: readonly string[]
      readonly extensions: readonly ExtensionState[]
      /** Why a session over TCP fails, as PXF's tools open it. */
      readonly unverified: string
      readonly password: PasswordState
    }

const restart = 'docker compose restart greenplum'

export function judgeDatabase(facts: DatabaseFacts, running: Running): Opinion {
  if (running === 'elsewhere') return { seen: 'runs in another container', complaints: hba(facts, running) }
  const { session, servers } = facts
  if (session === undefined) {
    const complaints = [...down(facts, running), ...hba(facts, running)]
    return { seen: `no coordinator runs; ${servers.length} server directories`, complaints }
  }
  if (session.kind === 'refused') {
    return { seen: 'no session', complaints: [refused(session.reason), ...hba(facts, running)] }
  }
  const extensions = session.extensions.map(
    ({ database, installed }) => `${installed ?? 'none'} in ${database}`,
  )
  return {
    seen: `${session.dispatch.answered} of ${session.segments.length} segments answer; extension pxf: ${extensions.join(', ') || 'not wanted'}`,
    complaints: [
      ...segments(session),
      ...session.missingDatabases.map(databaseMissing),
      ...session.extensions.flatMap((state) => extension(state, facts.user)),
      ...hba(facts, running),
      ...access(facts, session.unverified),
      ...password(session.password, facts.user),
    ],
  }
}

function down({ servers, coordinatorDirectory, user }: DatabaseFacts, running: Running): Complaint[] {
  const dead = servers.filter(({ state }) => state === 'dead').map(({ path }) => path)
  const cause =
    dead.length === 0
      ? 'there is no pid file: it was stopped, or did not start'
      : `its pid file is there and its process is gone: it was killed (${dead.join(', ')}); crash recovery follows`
  // A stopped stand has no servers; only a kill is worth a word.
  if (running === 'nowhere') {
    if (dead.length === 0) return []
    const text = `the servers were not shut down: ${dead.join(', ')}`
    return [
      {
        id: 'database.killed',
        level: 'warn',
        text,
        cause: 'a pid file without its process',
        mend: 'nothing: the next start recovers them',
      },
    ]
  }
  const mend = `docker compose logs greenplum shows why; if it was stopped by hand: ${inside(user, 'gpstart -a')}, else ${restart}`
  return [
    {
      id: 'database.down',
      level: 'error',
      text: `the coordinator in ${coordinatorDirectory} does not run`,
      cause,
      mend,
    },
  ]
}

function refused(reason: string): Complaint {
  const starting = /57P03|starting up|recovery/i.test(reason)
  return {
    id: 'database.refused',
    level: 'error',
    text: 'the coordinator runs, and lets no session in',
    cause: reason,
    mend: starting
      ? 'wait: it is starting, or recovers from a crash; its log is in docker compose logs greenplum'
      : restart,
  }
}

function segments({ segments: all, dispatch }: Extract<SessionFacts, { kind: 'open' }>): Complaint[] {
  const lost = all.filter((segment) => segment.down).map(({ name }) => name)
  if (lost.length === 0 && dispatch.failure === '' && dispatch.answered === all.length) return []
  return [
    {
      id: 'database.segments',
      level: 'error',
      text: lost.length === 0 ? 'a query on every segment fails' : `segments are down: ${lost.join(', ')}`,
      cause: dispatch.failure || `${dispatch.answered} of ${all.length} segments answer`,
      mend: restart,
    },
  ]
}

const databaseMissing = (name: string): Complaint => ({
  id: 'database.missing',
  level: 'error',
  text: `database "${name}" does not exist`,
  cause: '',
  mend: `${restart} makes GREENPLUM_DATABASE_NAME; those of PXF_EXTENSION_DATABASES are made by hand: CREATE DATABASE "${name}"`,
})

function extension({ database, installed, available, failure }: ExtensionState, user: string): Complaint[] {
  if (failure !== '') {
    const text = `cannot look for extension pxf in "${database}"`
    return [{ id: 'extension.unreadable', level: 'warn', text, cause: failure, mend: restart }]
  }
  if (installed === undefined) {
    return [
      {
        id: 'extension.missing',
        level: 'error',
        text: `extension pxf is missing in "${database}": external tables fail with: protocol "pxf" does not exist`,
        cause:
          available === undefined
            ? 'the server does not have it (no pxf.control)'
            : 'it was never created, or was dropped',
        mend:
          available === undefined
            ? `${inside(user, 'pxf register')}, or use an image with PXF`
            : `it is created again within half a minute; if not: ${restart}; or by hand: make gp-psql GP_DB=${database} ARGS='-c "CREATE EXTENSION pxf"'`,
      },
    ]
  }
  if (available === undefined || installed === available) return []
  return [
    {
      id: 'extension.outdated',
      level: 'warn',
      text: `extension pxf in "${database}" is ${installed}, and the image brings ${available}`,
      cause: 'the image was changed',
      mend: `${restart} updates it; or by hand: make gp-psql GP_DB=${database} ARGS='-c "ALTER EXTENSION pxf UPDATE"'`,
    },
  ]
}

function hba(
  { hba: { path, hasRule, text, ownAddresses }, user }: DatabaseFacts,
  running: Running,
): Complaint[] {
  if (hasRule === false) {
    return [
      {
        id: 'hba.rule',
        // Before a start it is in order: each start puts it in.
        level: running === 'nowhere' ? 'note' : 'error',
        text: `${path} lacks the rule for this host; after a change of address tools fail with: password authentication failed for user "${user}"`,
        cause: 'it was edited, or the supervisor has never finished a start on this volume',
        mend: `${restart} puts it in: host all ${user} samehost ...`,
      },
    ]
  }
  if (hasRule !== undefined || text === undefined) return []
  const drifted = driftedAddresses(text, user, ownAddresses)
  if (drifted.length === 0) return []
  return [
    {
      id: 'hba.address',
      level: 'warn',
      text: `${path} trusts ${drifted.join(', ')}, and this container is ${ownAddresses.join(', ')} now`,
      cause: `Docker gave it another address, and PG_HBA_SAMEHOST is off; tools fail with: password authentication failed for user "${user}"`,
      mend: 'in the compose file: PG_HBA_SAMEHOST: trust',
    },
  ]
}

/** The single addresses that the first start trusted, where none of them is one of ours any more. */
export function driftedAddresses(text: string, user: string, own: readonly string[]): string[] {
  const trusted = text.split('\n').flatMap((line) => {
    const [type, , who, address = '', method] = line.trim().split(/\s+/)
    const single = /^([\d.]+)\/32$/.exec(address)?.[1]
    return type === 'host' && who === user && method === 'trust' && single !== undefined ? [single] : []
  })
  const stale = trusted.filter((address) => !own.includes(address) && !address.startsWith('127.'))
  return stale.length > 0 && !trusted.some((address) => own.includes(address)) ? stale : []
}

function access({ host, hba: { hasRule } }: DatabaseFacts, unverified: string): Complaint[] {
  // Without the rule it is clear why.
  if (unverified === '' || hasRule === false) return []
  const [text = unverified, ...mend] = unverified.split('; ')
  return [
    {
      id: 'hba.unverified',
      level: 'error',
      text,
      cause: `pxf cluster and other tools reach the coordinator as ${host}, over TCP`,
      mend: mend.join('; ') || restart,
    },
  ]
}

function password(state: PasswordState, user: string): Complaint[] {
  if (state !== 'different') return []
  return [
    {
      id: 'database.password',
      level: 'warn',
      text: `GREENPLUM_PASSWORD is not the password of the database; clients that use it fail with: password authentication failed for user "${user}"`,
      cause: 'only a first start sets it, and one of the two was changed since',
      mend: 'in .env: GP_PASSWORD_SYNC=1 (GREENPLUM_PASSWORD_SYNC) sets the new one at the next start; or put the old one back',
    },
  ]
}
