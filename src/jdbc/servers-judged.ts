/** Judges the JDBC servers of PXF: their `jdbc-site.xml`, drivers and hosts. No finding quotes a value. Pure. */
import type { Advice } from '../findings/advice.ts'
import type { FindingId } from '../findings/catalogue.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import { printableName, shellWord } from '../printable.ts'
import type { SeedState } from '../seeding/plan.ts'
import type { XmlFault } from '../seeding/xml.ts'
import type { Reached } from './endpoints.ts'
import { judgeEndpoints } from './endpoints-judged.ts'
import type { Login } from './logins.ts'
import { isIn, judgeLogin, untried } from './logins-judged.ts'
import { valueOf, type Property } from './site.ts'
import { judgeProperties } from './site-judged.ts'
import { endpointsOf, type Endpoint } from './url.ts'

export type SiteFacts = { readonly server: string } & (
  | { readonly properties: readonly Property[] }
  | { readonly fault: XmlFault }
  | { readonly unreadable: string }
)

export interface JarFacts {
  readonly path: string
  /** The wanted classes that it contains. */
  readonly classes: readonly string[]
  /** Why it cannot be read; empty if it can. */
  readonly fault: string
}

export interface JdbcFacts {
  readonly base: string
  readonly sites: readonly SiteFacts[]
  /** The JARs in PXF_BASE/lib. */
  readonly own: readonly JarFacts[]
  /** The JARs of the PXF application. */
  readonly bundled: readonly JarFacts[]
  /** PXF_LOADER_PATH names further places, which are not inspected. */
  readonly moreJars: boolean
  /** By `endpointKey`. */
  readonly reached: ReadonlyMap<string, Reached>
  /** By server; a server whose file cannot be used has no entry. */
  readonly logins: ReadonlyMap<string, Login>
  /** By server and property: the variables from which the image's file takes the value. */
  readonly variables: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** The administrator. */
  readonly owner: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The value if it is a valid class name, because no other value may be shown. */
export const driverName = (value: string | undefined): string | undefined =>
  value !== undefined && /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+$/.test(value) ? value : undefined

/** Context for judging the files. */
export interface JdbcAround {
  /** `silent`: it may be running. If it is stopped, so is PXF, and its sources may be as well. */
  readonly supervisor: 'runs' | 'silent' | 'stopped'
  readonly advice: Advice
  /** The state of each seeded file, by its path below PXF_BASE. */
  readonly seeds: ReadonlyMap<string, SeedState>
}

export function judgeJdbc(facts: JdbcFacts, around: JdbcAround): Opinion {
  const names = facts.sites.map(({ server }) => server)
  return {
    seen:
      names.length === 0
        ? 'no servers/*/jdbc-site.xml'
        : `servers ${names.join(', ')}; ${facts.own.length} JARs in lib/${loginsSeen(facts.logins)}`,
    findings: [
      ...facts.own.flatMap((jar) => brokenJar(jar, around.advice)),
      ...doubleDrivers(facts, around.advice),
      ...facts.sites.flatMap((site) => judgeSite(site, facts, around)),
      // If the supervisor is not running, the reason is obvious.
      ...(around.supervisor === 'stopped' ? [] : untried(facts.logins, around.advice)),
    ],
  }
}

function loginsSeen(logins: ReadonlyMap<string, Login>): string {
  const all = [...logins]
  const names = all.flatMap(([server, login]) => (isIn(login) ? [server] : []))
  const reasons = new Set(all.flatMap(([, login]) => (login.kind === 'untried' ? [login.reason] : [])))
  return [
    ...(names.length === 0 ? [] : [`; PXF logs in to ${names.join(', ')}`]),
    ...(reasons.size === 0 ? [] : [`; the login was not tried: ${[...reasons].join(', ')}`]),
  ].join('')
}

function brokenJar({ path, fault }: JarFacts, { restart }: Advice): Finding[] {
  if (fault === '') return []
  return [
    finding('jdbc.jar', {
      text: `lib/${path} is not a valid JAR; PXF may not start with it`,
      cause: fault,
      fix: `remove it from lib/ in PXF_BASE, or replace it with a complete copy; then: ${restart}`,
      where: `lib/${path}`,
    }),
  ]
}

function doubleDrivers({ own }: JdbcFacts, { restart }: Advice): Finding[] {
  const classes = [...new Set(own.flatMap((jar) => jar.classes))]
  return classes.flatMap((driver) => {
    const paths = own.filter((jar) => jar.classes.includes(driver)).map(({ path }) => `lib/${path}`)
    if (paths.length < 2) return []
    return [
      finding('jdbc.drivers', {
        text: `${driver} is in ${paths.join(' and ')}: PXF uses only one of them`,
        fix: `delete all but one, then: ${restart}`,
        where: driver,
      }),
    ]
  })
}

function judgeSite(site: SiteFacts, facts: JdbcFacts, around: JdbcAround): Finding[] {
  const path = `servers/${printableName(site.server)}/jdbc-site.xml`
  const onVolume = `servers/${site.server}/jdbc-site.xml`
  const { advice } = around
  if ('unreadable' in site) {
    const file = `${facts.base}/${onVolume}`
    return [unreadable(path, site.unreadable, { file, owner: facts.owner, advice })]
  }
  if ('fault' in site) {
    return [
      finding('jdbc.xml', {
        text: `${path}, line ${site.fault.line}: ${site.fault.reason}`,
        cause: 'every query over this server fails',
        fix: 'correct the line; in XML, write &amp; for &',
        where: path,
      }),
    ]
  }
  const { properties, server } = site
  const login = facts.logins.get(server)
  const file = {
    server,
    file: `${facts.base}/${onVolume}`,
    owner: facts.owner,
    seed: around.seeds.get(onVolume),
    variables: facts.variables.get(server) ?? new Map<string, readonly string[]>(),
    advice,
  }
  const { reached } = facts
  const others = [
    ...judgeDriver(path, properties, facts, advice),
    ...judgeEndpoints(path, endpointsIn(properties), {
      reached,
      isRunning: around.supervisor === 'runs',
      advice,
    }),
  ].filter(({ id }) => !(isIn(login) && refuted.has(id)))
  return [
    ...judgeProperties(path, properties, { environment: facts.environment, advice }),
    ...others,
    ...judgeLogin(file, login, others),
  ]
}

function unreadable(
  path: string,
  reason: string,
  { file, owner, advice }: { readonly file: string; readonly owner: string; readonly advice: Advice },
): Finding {
  const word = shellWord(file)
  // Root must not follow a link that a user placed there, so the owner changes the mode.
  const steps = advice.inOrder(
    advice.inside(`chown -h ${owner}: ${word}`, 'root'),
    advice.inside(`chmod 600 ${word}`, owner),
  )
  return finding('jdbc.unreadable', {
    text: `cannot read ${path}: ${reason}`,
    fix: `${steps}; if it is a link, remove it`,
    where: path,
  })
}

/** Findings that a successful login refutes. */
const refuted: ReadonlySet<FindingId> = new Set(['jdbc.driver', 'jdbc.host', 'jdbc.port'])

const endpointsIn = (properties: readonly Property[]): Endpoint[] =>
  endpointsOf(valueOf(properties, 'jdbc.url') ?? '')

function judgeDriver(
  path: string,
  properties: readonly Property[],
  facts: JdbcFacts,
  { restart }: Advice,
): Finding[] {
  const value = valueOf(properties, 'jdbc.driver')?.trim() ?? ''
  if (value === '' || value.includes('${')) return []
  const driver = driverName(value)
  if (driver === undefined) {
    const text = `${path}: the value of jdbc.driver is not a class name`
    return [finding('jdbc.driver', { text, fix: 'for PostgreSQL: org.postgresql.Driver', where: path })]
  }
  const jars = [...facts.own, ...facts.bundled]
  if (jars.some(({ classes }) => classes.includes(driver))) return []
  const unread = facts.bundled.filter(({ fault }) => fault !== '').map((jar) => jar.path)
  const unsure = facts.moreJars || facts.bundled.length === 0 || unread.length > 0
  return [
    finding('jdbc.driver', {
      severity: unsure ? 'warning' : 'error',
      text: `${path}: the driver ${driver} is neither in a JAR in lib/ nor in PXF itself`,
      cause: unsure
        ? `not every place could be inspected: ${whereNot(facts, unread)}`
        : 'queries fail with: ClassNotFoundException',
      fix: `copy its JAR to ${facts.base}/lib, or add it to the image; PXF loads it when it is restarted: ${restart}`,
      where: path,
    }),
  ]
}

function whereNot({ moreJars, bundled }: JdbcFacts, unread: readonly string[]): string {
  const places = [
    ...unread,
    ...(moreJars ? ['PXF_LOADER_PATH'] : []),
    ...(bundled.length === 0 ? ['the application directory of PXF'] : []),
  ]
  return places.join(', ')
}
