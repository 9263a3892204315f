/** Judges the JDBC servers of PXF: one `jdbc-site.xml` each, the drivers, the hosts. Pure; quotes no value. */
import { printableName, shellWord } from '../printable.ts'
import type { SeedState } from '../seeding/plan.ts'
import type { XmlFault } from '../seeding/xml.ts'
import type { Reached } from './endpoints.ts'
import { judgeEndpoints } from './endpoints-judged.ts'
import type { Complaint, Opinion } from './finding.ts'
import { endpointsOf, type Endpoint } from './jdbc-url.ts'
import { isIn, judgeLogin, untried } from './logins-judged.ts'
import type { Login } from './logins.ts'
import { judgeProperties } from './site-complaints.ts'
import { valueOf, type Property } from './site.ts'
import type { Running } from './supervisor.ts'

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

export interface SitesFacts {
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

/** @param seeds in which state each seeded file is, by its path below PXF_BASE */
export function judgeSites(
  facts: SitesFacts,
  running: Running,
  seeds: ReadonlyMap<string, SeedState> = new Map(),
): Opinion {
  const names = facts.sites.map(({ server }) => server)
  return {
    seen:
      names.length === 0
        ? 'no servers/*/jdbc-site.xml'
        : `servers ${names.join(', ')}; ${facts.own.length} JARs in lib/${loginsSeen(facts.logins)}`,
    complaints: [
      ...facts.own.flatMap(brokenJar),
      ...doubleDrivers(facts),
      ...facts.sites.flatMap((site) => judgeSite(site, facts, { running, seeds })),
      // Beside a stand that does not run it is clear why.
      ...(running === 'here' || running === 'silent' ? untried(facts.logins) : []),
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

function brokenJar({ path, fault }: JarFacts): Complaint[] {
  if (fault === '') return []
  const mend = 'take it out of lib/ in PXF_BASE, or put the whole file there; then restart the container'
  return [
    {
      id: 'jdbc.jar',
      level: 'error',
      text: `lib/${path} is no JAR; PXF may not start with it`,
      cause: fault,
      mend,
    },
  ]
}

function doubleDrivers({ own }: SitesFacts): Complaint[] {
  const classes = [...new Set(own.flatMap((jar) => jar.classes))]
  return classes.flatMap((driver) => {
    const paths = own.filter((jar) => jar.classes.includes(driver)).map(({ path }) => `lib/${path}`)
    if (paths.length < 2) return []
    const text = `${driver} is in ${paths.join(' and ')}: PXF takes one of them, and not both`
    return [
      {
        id: 'jdbc.drivers',
        level: 'warn',
        text,
        cause: '',
        mend: 'delete all but one, and restart the container',
      },
    ]
  })
}

interface Surroundings {
  readonly running: Running
  readonly seeds: ReadonlyMap<string, SeedState>
}

function judgeSite(site: SiteFacts, facts: SitesFacts, { running, seeds }: Surroundings): Complaint[] {
  const path = `servers/${printableName(site.server)}/jdbc-site.xml`
  const onVolume = `servers/${site.server}/jdbc-site.xml`
  if ('unreadable' in site) {
    const file = shellWord(`${facts.base}/${onVolume}`)
    // Root must not go through a link that somebody put there; the mode is the owner's to change.
    const mend = `docker compose exec --user root greenplum chown -h ${facts.owner}: ${file} && docker compose exec --user ${facts.owner} greenplum chmod 600 ${file}; if it is a link, remove that`
    return [
      {
        id: 'jdbc.unreadable',
        level: 'error',
        text: `cannot read ${path}: ${site.unreadable}`,
        cause: '',
        mend,
      },
    ]
  }
  if ('fault' in site) {
    const { line, reason } = site.fault
    const text = `${path}, line ${line}: ${reason}`
    return [
      {
        id: 'jdbc.xml',
        level: 'error',
        text,
        cause: 'every query over this server fails',
        mend: 'mend the line; & is written &amp; in XML',
      },
    ]
  }
  const { properties } = site
  const { server } = site
  const login = facts.logins.get(server)
  const file = {
    server,
    file: `${facts.base}/${onVolume}`,
    owner: facts.owner,
    seed: seeds.get(onVolume),
    variables: facts.variables.get(server) ?? new Map<string, readonly string[]>(),
  }
  const others = [
    ...judgeDriver(path, properties, facts),
    ...judgeEndpoints(path, endpointsIn(properties), { reached: facts.reached, running }),
  ].filter(({ id }) => !(isIn(login) && refuted.has(id)))
  return [
    ...judgeProperties(path, properties, facts.environment),
    ...others,
    ...judgeLogin(file, login, others),
  ]
}

/** What a login that succeeds shows to be wrong. */
const refuted: ReadonlySet<string> = new Set(['jdbc.driver', 'jdbc.host', 'jdbc.port'])

const endpointsIn = (properties: readonly Property[]): Endpoint[] =>
  endpointsOf(valueOf(properties, 'jdbc.url') ?? '')

function judgeDriver(path: string, properties: readonly Property[], facts: SitesFacts): Complaint[] {
  const value = valueOf(properties, 'jdbc.driver')?.trim() ?? ''
  if (value === '' || value.includes('${')) return []
  const driver = driverName(value)
  if (driver === undefined) {
    const text = `${path}: the value of jdbc.driver is not the name of a class`
    return [
      { id: 'jdbc.driver', level: 'error', text, cause: '', mend: 'for PostgreSQL: org.postgresql.Driver' },
    ]
  }
  const jars = [...facts.own, ...facts.bundled]
  if (jars.some(({ classes }) => classes.includes(driver))) return []
  const unread = facts.bundled.filter(({ fault }) => fault !== '').map((jar) => jar.path)
  const unsure = facts.moreJars || facts.bundled.length === 0 || unread.length > 0
  return [
    {
      id: 'jdbc.driver',
      level: unsure ? 'warn' : 'error',
      text: `${path}: the driver ${driver} is in no JAR of lib/, nor in PXF itself`,
      cause: unsure
        ? `not every place could be looked at: ${whereNot(facts, unread)}`
        : 'queries fail with: ClassNotFoundException',
      mend: `copy its JAR into ${facts.base}/lib (or seed/lib), then restart the container: a JAR counts from the next start of PXF on`,
    },
  ]
}

function whereNot({ moreJars, bundled }: SitesFacts, unread: readonly string[]): string {
  const places = [
    ...unread,
    ...(moreJars ? ['PXF_LOADER_PATH'] : []),
    ...(bundled.length === 0 ? ['the application folder of PXF'] : []),
  ]
  return places.join(', ')
}
