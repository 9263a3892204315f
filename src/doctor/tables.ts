/** Judges the external tables of PXF: is there a server of that name, with a site file, and does PXF know the profile? Pure. */
import { printableName } from '../printable.ts'
import type { Complaint, Opinion } from './finding.ts'
import type { Location } from './location.ts'
import type { Running } from './supervisor.ts'
import type { PxfTable, TablesFacts } from './tables-facts.ts'

export function judgeTables(facts: TablesFacts, running: Running): Opinion {
  const { tables } = facts
  if (running === 'elsewhere')
    return { seen: 'not looked at: the database runs in another container', complaints: [] }
  if (tables === undefined) return { seen: 'not looked at: no coordinator runs', complaints: [] }
  const unasked = facts.unasked === '' ? '' : `; profiles not checked: ${facts.unasked}`
  return {
    seen: `${tables.length} external tables over PXF${unasked}`,
    complaints: [
      ...unreadable(facts),
      ...folded(tables, (location) => serverFault(location, facts)),
      ...folded(tables, (location) => profileFault(location, facts)),
    ],
  }
}

/** What is wrong with one table, apart from its name. */
interface Fault extends Omit<Complaint, 'text'> {
  /** What follows the names of the tables. */
  readonly what: string
}

/** One finding for all tables with the same fault. */
function folded(tables: readonly PxfTable[], judge: (location: Location) => Fault | undefined): Complaint[] {
  const groups = new Map<string, { readonly fault: Fault; readonly tables: PxfTable[] }>()
  for (const table of tables) {
    const fault = judge(table.location)
    if (fault === undefined) continue
    const group = groups.get(fault.what) ?? { fault, tables: [] }
    group.tables.push(table)
    groups.set(fault.what, group)
  }
  return [...groups.values()].map(({ fault: { what, ...fault }, tables: group }) => ({
    ...fault,
    text: `${namesOf(group)}: ${what}`,
  }))
}

const mostNames = 3

function namesOf(tables: readonly PxfTable[]): string {
  const databases = new Set(tables.map(({ database }) => database))
  const names = tables
    .slice(0, mostNames)
    .map(({ database, name }) => printableName(databases.size > 1 ? `${database}: ${name}` : name))
  const more = tables.length - names.length
  const where = databases.size > 1 ? '' : ` in ${[...databases].join('')}`
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}${where}`
}

function serverFault({ server, config, isJdbc, hasSource }: Location, facts: TablesFacts): Fault | undefined {
  if (hasSource || config?.startsWith('/') === true) return undefined
  const folder = (config ?? server)?.toLowerCase()
  const files = facts.servers.get(folder ?? 'default')
  const there = [...facts.servers].flatMap(([name, sites]) => (sites.length > 0 ? [name] : []))
  const have = `servers with a site file: ${there.join(', ') || 'none'}`
  if (folder === undefined) {
    if (!isJdbc || files?.includes('jdbc-site.xml') === true) return undefined
    return {
      id: 'tables.no-server',
      level: 'error',
      what: 'LOCATION names no SERVER, and servers/default has no jdbc-site.xml',
      cause: have,
      mend: 'add &SERVER=<name> to LOCATION, and make the table anew',
    }
  }
  const shown = `${config === undefined ? 'SERVER' : 'CONFIG'}=${printableName(folder)}`
  const level = isJdbc ? 'error' : 'warn'
  if (files === undefined) {
    return {
      id: 'tables.server',
      level,
      what: `${shown}, and there is no folder of that name in ${facts.base}/servers`,
      cause: have,
      mend: `make the table anew with the right SERVER, or add ${facts.base}/servers/${printableName(folder)}/ with ${isJdbc ? 'a jdbc-site.xml' : 'its site file'}`,
    }
  }
  if (isJdbc ? files.includes('jdbc-site.xml') : files.length > 0) return undefined
  return {
    id: 'tables.site',
    level,
    what: `${shown}, and ${facts.base}/servers/${printableName(folder)} has no ${isJdbc ? 'jdbc-site.xml' : 'site file'}`,
    cause: have,
    mend: isJdbc
      ? `put a jdbc-site.xml there; PXF brings a template: ${facts.home}/templates/jdbc-site.xml`
      : 'put the site file of its source there',
  }
}

function profileFault({ profile }: Location, { profiles, base }: TablesFacts): Fault | undefined {
  if (profile === undefined || profiles.get(profile.toLowerCase()) !== false) return undefined
  return {
    id: 'tables.profile',
    level: 'error',
    what: `PROFILE=${printableName(profile)}, and PXF has no such profile`,
    cause: `it is neither one of PXF's own nor in ${base}/conf/pxf-profiles.xml as PXF read that at its start`,
    mend: `make the table anew with the right PROFILE (for a database: JDBC); a profile that was added to the file since counts after docker compose restart greenplum`,
  }
}

function unreadable({ failures, cut }: TablesFacts): Complaint[] {
  return [
    ...[...failures].map(([database, reason]): Complaint => ({
      id: 'tables.unreadable',
      level: 'note',
      text: `the external tables of "${printableName(database)}" could not be looked at`,
      cause: reason,
      mend: '',
    })),
    ...cut.map((database): Complaint => ({
      id: 'tables.cut',
      level: 'note',
      text: `"${printableName(database)}" has more external tables than are looked at`,
      cause: '',
      mend: '',
    })),
  ]
}
