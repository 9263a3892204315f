/** Judges the JDBC servers of PXF: one `jdbc-site.xml` each, the drivers, the hosts. Pure; quotes no value. */
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
  /** Those of the wanted classes that it has. */
  readonly classes: readonly string[]
  /** Why it cannot be read. */
  readonly fault: string
}

export interface JdbcFacts {
  readonly base: string
  readonly sites: readonly SiteFacts[]
  /** In PXF_BASE/lib. */
  readonly own: readonly JarFacts[]
  /** PXF's own application. */
  readonly bundled: readonly JarFacts[]
  /** PXF_LOADER_PATH names more places, which are not looked at here. */
  readonly moreJars: boolean
  /** By `endpointKey`. */
  readonly reached: ReadonlyMap<string, Reached>
  /** By server; a server whose file cannot be used has none. */
  readonly logins: ReadonlyMap<string, Login>
  /** By server and property: the variables from which the image's own file takes it. */
  readonly variables: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>
  /** The administrator. */
  readonly owner: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Only what can be the name of a class is shown. */
export const driverName = (value: string | undefined): string | undefined =>
  value !== undefined && /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+$/.test(value) ? value : undefined

/** What is known beside the files. */
export interface JdbcAround {
  /** `silent`: it may run. Beside a container that is stopped its sources may be stopped, too, and PXF is. */
  readonly supervisor: 'runs' | 'silent' | 'stopped'
  readonly advice: Advice
  /** In which state each seeded file is, by its path below PXF_BASE. */
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
      // Beside one that does not run it is clear why.
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
      text: `lib/${path} is no JAR; PXF may not start with it`,
      cause: fault,
      fix: `take it out of lib/ in PXF_BASE, or put the whole file there; then: ${restart}`,
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
        text: `${driver} is in ${paths.join(' and ')}: PXF takes one of them, and not both`,
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
        fix: 'correct the line; & is written &amp; in XML',
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
  // Root must not go through a link that somebody put there; the mode is the owner's to change.
  const steps = advice.inOrder(
    advice.inside(`chown -h ${owner}: ${word}`, 'root'),
    advice.inside(`chmod 600 ${word}`, owner),
  )
  return finding('jdbc.unreadable', {
    text: `cannot read ${path}: ${reason}`,
    fix: `${steps}; if it is a link, remove that`,
    where: path,
  })
}

/** What a login that succeeds shows to be wrong. */
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
    const text = `${path}: the value of jdbc.driver is not the name of a class`
    return [finding('jdbc.driver', { text, fix: 'for PostgreSQL: org.postgresql.Driver', where: path })]
  }
  const jars = [...facts.own, ...facts.bundled]
  if (jars.some(({ classes }) => classes.includes(driver))) return []
  const unread = facts.bundled.filter(({ fault }) => fault !== '').map((jar) => jar.path)
  const unsure = facts.moreJars || facts.bundled.length === 0 || unread.length > 0
  return [
    finding('jdbc.driver', {
      severity: unsure ? 'warning' : 'error',
      text: `${path}: the driver ${driver} is in no JAR of lib/, nor in PXF itself`,
      cause: unsure
        ? `not every place could be looked at: ${whereNot(facts, unread)}`
        : 'queries fail with: ClassNotFoundException',
      fix: `copy its JAR into ${facts.base}/lib, or into the image; a JAR counts from the next start of PXF on: ${restart}`,
      where: path,
    }),
  ]
}

function whereNot({ moreJars, bundled }: JdbcFacts, unread: readonly string[]): string {
  const places = [
    ...unread,
    ...(moreJars ? ['PXF_LOADER_PATH'] : []),
    ...(bundled.length === 0 ? ['the application folder of PXF'] : []),
  ]
  return places.join(', ')
}
