/** Judges the JDBC servers of PXF: one `jdbc-site.xml` each, the drivers, the hosts. Pure; quotes no value. */
import type { XmlFault } from '../seeding/xml.ts'
import type { Reached } from './endpoints.ts'
import { judgeEndpoints } from './endpoints-judged.ts'
import type { Complaint, Opinion } from './finding.ts'
import { endpointsOf, type Endpoint } from './jdbc-url.ts'
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
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Only what can be the name of a class is shown. */
export const driverName = (value: string | undefined): string | undefined =>
  value !== undefined && /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)+$/.test(value) ? value : undefined

export function judgeSites(facts: SitesFacts, running: Running): Opinion {
  const names = facts.sites.map(({ server }) => server)
  return {
    seen:
      names.length === 0
        ? 'no servers/*/jdbc-site.xml'
        : `servers ${names.join(', ')}; ${facts.own.length} JARs in lib/`,
    complaints: [
      ...facts.own.flatMap(brokenJar),
      ...doubleDrivers(facts),
      ...facts.sites.flatMap((site) => judgeSite(site, facts, running)),
    ],
  }
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

function judgeSite(site: SiteFacts, facts: SitesFacts, running: Running): Complaint[] {
  const path = `servers/${site.server}/jdbc-site.xml`
  if ('unreadable' in site) {
    const mend = 'give it to the administrator: chown gpadmin: and chmod 600'
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
  return [
    ...judgeProperties(path, properties, facts.environment),
    ...judgeDriver(path, properties, facts),
    ...judgeEndpoints(path, endpointsIn(properties), { reached: facts.reached, running }),
  ]
}

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
