/**
 * What has to be done so that a database has the functions, the protocol and the grants of one library: pure.
 *
 * External tables depend on their protocol, and there is no ALTER PROTOCOL for functions or trust. But a table finds
 * its protocol by name whenever it is read or written, so an outdated one that tables use is renamed and a new one
 * takes its name, in one transaction (docs/decisions/0009). Nothing that tables use is dropped.
 */
import { quoteIdentifier, quoteLiteral } from '../greenplum/session.ts'
import type { Library } from './manifest.ts'
import type { Observed, ObservedFunction, ObservedProtocol } from './observe.ts'
import { markOf, wantedFunctions, type WantedFunction } from './wanted.ts'

export interface Registration {
  /** To be run in one transaction; empty when everything is as it should be. */
  readonly statements: readonly string[]
  /** For each statement that changes something, what it does, for the log. */
  readonly changes: readonly string[]
  /** What keeps the library from being whole, with what to do. */
  readonly problems: readonly string[]
}

const done: Registration = { statements: [], changes: [], problems: [] }

export function planRegistration(library: Library, observed: Observed): Registration {
  const functions = wantedFunctions(library).map((wanted) => planFunction(library, wanted, observed))
  // A protocol needs its functions: it is not touched while one of them is not ours to make.
  if (functions.some(({ problems }) => problems.length > 0)) {
    return { ...done, problems: functions.flatMap(({ problems }) => problems) }
  }
  return joined([...functions, planProtocol(library, observed), planGrants(library, observed)])
}

const joined = (plans: readonly Registration[]): Registration => ({
  statements: plans.flatMap(({ statements }) => statements),
  changes: plans.flatMap(({ changes }) => changes),
  problems: plans.flatMap(({ problems }) => problems),
})

// --- functions ----------------------------------------------------------------------------------------------

/** `public."name"(arguments)`: never left to the search path. */
const signature = ({ name, arguments: types }: Pick<WantedFunction, 'name' | 'arguments'>): string =>
  `public.${quoteIdentifier(name)}(${types})`

function planFunction(library: Library, wanted: WantedFunction, observed: Observed): Registration {
  const found = observed.functions.find(
    (one) => one.name === wanted.name && one.arguments === wanted.arguments,
  )
  const shown = `public.${wanted.name}(${wanted.arguments})`
  if (found === undefined) return make('CREATE', `function ${shown} made`)
  const foreign = notOurs(found, wanted, library)
  if (foreign !== '') {
    const fix = `drop or rename it, or take another name in ${library.file}`
    return { ...done, problems: [`function ${shown} is there already and ${foreign}; ${fix}`] }
  }
  if (isCurrent(library, wanted, found)) return done
  return make('CREATE OR REPLACE', `function ${shown} brought up to date`)

  function make(verb: string, change: string): Registration {
    const code = `${quoteLiteral(library.library)}, ${quoteLiteral(wanted.symbol)}`
    return {
      statements: [
        `${verb} FUNCTION ${signature(wanted)} RETURNS ${wanted.result} AS ${code} LANGUAGE C STABLE`,
        `COMMENT ON FUNCTION ${signature(wanted)} IS ${quoteLiteral(markOf(library))}`,
      ],
      changes: [change],
      problems: [],
    }
  }
}

/** Why a function of that name must not be replaced; empty when it may. */
function notOurs(found: ObservedFunction, wanted: WantedFunction, { library }: Library): string {
  if (!found.ownerIsSuperuser) return `belongs to role ${found.owner}, who could change it at any time`
  if (found.extension !== null) return `belongs to extension ${found.extension}`
  if (found.language !== 'c') return `is written in ${found.language}, so it is somebody else's`
  if (found.result !== wanted.result) return `returns ${found.result} instead of ${wanted.result}`
  // Tables may have been written with it, in a format of its own.
  const isAnother = baseOf(found.library ?? '') !== baseOf(library)
  return isAnother && !found.marked ? `is somebody else's, of library ${found.library}` : ''
}

/** `$libdir/demo`, `demo` and `/old/place/demo.so` are one library in different places. */
const baseOf = (path: string): string => path.replace(/^.*\//, '').replace(/\.so$/, '')

const isCurrent = (library: Library, wanted: WantedFunction, found: ObservedFunction): boolean =>
  found.library === library.library &&
  found.symbol === wanted.symbol &&
  found.volatility === 's' &&
  !found.strict

// --- the protocol -------------------------------------------------------------------------------------------

function planProtocol({ protocol, file }: Library, observed: Observed): Registration {
  const found = observed.protocol
  if (protocol === undefined) return done
  const quoted = quoteIdentifier(protocol.name)
  const roles = [
    ['readfunc', protocol.read],
    ['writefunc', protocol.write],
    ['validatorfunc', protocol.validate],
  ] as const
  const definition = roles
    .filter(([, name]) => name !== undefined)
    .map(([role, name]) => `${role} = public.${quoteIdentifier(name ?? '')}`)
  const create = `CREATE ${protocol.trusted ? 'TRUSTED ' : ''}PROTOCOL ${quoted} (${definition.join(', ')})`
  if (found === undefined) {
    return { statements: [create], changes: [`protocol ${protocol.name} made`], problems: [] }
  }
  const same =
    found.trusted === protocol.trusted &&
    found.read === inPublic(protocol.read) &&
    found.write === inPublic(protocol.write) &&
    found.validate === inPublic(protocol.validate)
  if (same) return done
  if (!found.marked) {
    const theirs = [found.read, found.write, found.validate].filter((name) => name !== null).join(', ')
    const fix = `rename it (ALTER PROTOCOL ${quoted} RENAME TO …), or take another name in ${file}`
    const problem = `protocol ${protocol.name} is there already and is somebody else's, over ${theirs}; ${fix}`
    return { ...done, problems: [problem] }
  }
  const aside = freeName(protocol.name, observed.protocolNames)
  const inUse = found.tables.length > 0
  return {
    statements: [
      inUse ? `ALTER PROTOCOL ${quoted} RENAME TO ${quoteIdentifier(aside)}` : `DROP PROTOCOL ${quoted}`,
      create,
      ...(protocol.trusted ? inherited(quoted, found) : []),
    ],
    changes: [
      inUse
        ? `protocol ${protocol.name} made anew; the old one is kept as ${aside}, for ${found.tables.join(', ')}`
        : `protocol ${protocol.name} made anew`,
    ],
    problems: [],
  }
}

const inPublic = (name: string | undefined): string | null => (name === undefined ? null : `public.${name}`)

function freeName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const candidate = `${name.slice(0, 50)}_before_${number}`
    if (!taken.includes(candidate)) return candidate
  }
}

/** Owner and privileges of the old protocol, those given by hand included. */
function inherited(quoted: string, { owner, ownerIsOther, grants }: ObservedProtocol): string[] {
  return [
    ...(ownerIsOther ? [`ALTER PROTOCOL ${quoted} OWNER TO ${quoteIdentifier(owner)}`] : []),
    ...grants
      .filter(({ role }) => role !== owner)
      .map(
        ({ role, privilege, grantable }) =>
          grant(quoted, role, privilege) + (grantable ? ' WITH GRANT OPTION' : ''),
      ),
  ]
}

// --- grants -------------------------------------------------------------------------------------------------

const grant = (quoted: string, role: string, privilege: string): string =>
  `GRANT ${privilege.toUpperCase()} ON PROTOCOL ${quoted} TO ${role === 'public' ? 'PUBLIC' : quoteIdentifier(role)}`

/** Only adds: what somebody granted by hand stays, and so does what the manifest says no longer. */
function planGrants({ protocol, grants, file }: Library, observed: Observed): Registration {
  if (protocol === undefined) return done
  const had = observed.protocol?.grants ?? []
  const missing = grants.filter(
    (wanted) => !had.some(({ role, privilege }) => role === wanted.role && privilege === wanted.privilege),
  )
  const known = (role: string) => role === 'public' || observed.roles.includes(role)
  const unknown = [...new Set(missing.map(({ role }) => role).filter((role) => !known(role)))]
  const possible = missing.filter(({ role }) => known(role))
  return {
    statements: possible.map(({ role, privilege }) => grant(quoteIdentifier(protocol.name), role, privilege)),
    changes: possible.map(
      ({ role, privilege }) => `${privilege} on protocol ${protocol.name} granted to ${role}`,
    ),
    problems: unknown.map(
      (role) =>
        `role "${role}" does not exist, so protocol ${protocol.name} cannot be granted to it; ` +
        `CREATE ROLE ${quoteIdentifier(role)}, or take it out of ${file}`,
    ),
  }
}
