/**
 * Plans the statements that give a database the functions, the protocol and the grants of one library. Pure.
 *
 * External tables depend on their protocol, and ALTER PROTOCOL cannot change functions or trust. But a table looks up
 * its protocol by name whenever it is read or written. An outdated protocol that tables use is therefore renamed, and a
 * new one takes its name, in one transaction (docs/decisions/0009). Nothing that tables use is dropped.
 */
import { quoteIdentifier, quoteLiteral } from '../greenplum/session.ts'
import type { Library } from './manifest.ts'
import type { Observed, ObservedFunction, ObservedProtocol } from './observe.ts'
import { markOf, wantedFunctions, type WantedFunction } from './wanted.ts'

export interface Registration {
  /** To be run in one transaction; empty if nothing needs to change. */
  readonly statements: readonly string[]
  /** Descriptions of the changes, for the log. */
  readonly changes: readonly string[]
  /** What prevents a complete registration, with the fix. */
  readonly problems: readonly string[]
}

const done: Registration = { statements: [], changes: [], problems: [] }

export function planRegistration(library: Library, observed: Observed): Registration {
  const functions = wantedFunctions(library).map((wanted) => planFunction(library, wanted, observed))
  // A protocol needs its functions, so it is left alone if one of them cannot be created.
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

/** `public."name"(arguments)`, independent of the search path. */
const signature = ({ name, arguments: types }: Pick<WantedFunction, 'name' | 'arguments'>): string =>
  `public.${quoteIdentifier(name)}(${types})`

function planFunction(library: Library, wanted: WantedFunction, observed: Observed): Registration {
  const found = observed.functions.find(
    (one) => one.name === wanted.name && one.arguments === wanted.arguments,
  )
  const shown = `public.${wanted.name}(${wanted.arguments})`
  if (found === undefined) return make('CREATE', `function ${shown} created`)
  const foreign = notOurs(found, wanted, library)
  if (foreign !== '') {
    const fix = `drop or rename it, or use another name in ${library.file}`
    return { ...done, problems: [`function ${shown} already exists and ${foreign}; ${fix}`] }
  }
  if (isCurrent(library, wanted, found)) return done
  return make('CREATE OR REPLACE', `function ${shown} updated`)

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

/** Why an existing function must not be replaced; empty if it may be. */
function notOurs(found: ObservedFunction, wanted: WantedFunction, { library }: Library): string {
  if (!found.ownerIsSuperuser) return `belongs to role ${found.owner}, who could change it at any time`
  if (found.extension !== null) return `belongs to extension ${found.extension}`
  if (found.language !== 'c') return `is written in ${found.language}, so this program did not create it`
  if (found.result !== wanted.result) return `returns ${found.result} instead of ${wanted.result}`
  // Tables may have been written with it, in another format.
  const isAnother = baseOf(found.library ?? '') !== baseOf(library)
  return isAnother && !found.marked ? `comes from another library, ${found.library}` : ''
}

/** `$libdir/demo`, `demo` and `/old/place/demo.so` are the same library in different places. */
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
    return { statements: [create], changes: [`protocol ${protocol.name} created`], problems: [] }
  }
  const same =
    found.trusted === protocol.trusted &&
    found.read === inPublic(protocol.read) &&
    found.write === inPublic(protocol.write) &&
    found.validate === inPublic(protocol.validate)
  if (same) return done
  if (!found.marked) {
    const theirs = [found.read, found.write, found.validate].filter((name) => name !== null).join(', ')
    const fix = `rename it (ALTER PROTOCOL ${quoted} RENAME TO …), or use another name in ${file}`
    const problem = `protocol ${protocol.name} already exists, with the functions ${theirs}, and was not created by this program; ${fix}`
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
        ? `protocol ${protocol.name} recreated; the old one is kept as ${aside}, for ${found.tables.join(', ')}`
        : `protocol ${protocol.name} recreated`,
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

/** The owner and privileges of the old protocol, including those granted by hand. */
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

/** Only adds grants. Those made by hand, and those no longer in the manifest, are kept. */
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
        `CREATE ROLE ${quoteIdentifier(role)}, or remove it from ${file}`,
    ),
  }
}
