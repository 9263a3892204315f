/**
 * Judges the external tables of PXF: whether the server exists and has a site file, and whether PXF has the profile.
 * Pure.
 */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import type { Location } from '../jdbc/location.ts'
import { printableName } from '../printable.ts'
import type { Around } from './supervisor.ts'
import type { PxfTable, TablesFacts } from './tables-facts.ts'

export function judgeTables(facts: TablesFacts, { running, advice }: Around): Opinion {
  const { tables } = facts
  if (running === 'elsewhere')
    return { seen: 'not inspected: the database is running in another container', findings: [] }
  if (tables === undefined) return { seen: 'not inspected: no coordinator is running', findings: [] }
  const unasked = facts.unasked === '' ? '' : `; profiles not checked: ${facts.unasked}`
  return {
    seen: `${tables.length} external tables over PXF${unasked}`,
    findings: [
      ...unreadable(facts),
      ...folded(tables, (location) => serverFault(location, facts)),
      ...folded(tables, (location) => profileFault(location, facts, advice)),
    ],
  }
}

/** What is wrong with a table. Its name is added before the text later. */
type Fault = Finding

/** Groups the tables with the same fault into one finding. */
function folded(tables: readonly PxfTable[], judge: (location: Location) => Fault | undefined): Finding[] {
  const groups = new Map<string, { readonly fault: Fault; readonly tables: PxfTable[] }>()
  for (const table of tables) {
    const fault = judge(table.location)
    if (fault === undefined) continue
    const group = groups.get(fault.text) ?? { fault, tables: [] }
    group.tables.push(table)
    groups.set(fault.text, group)
  }
  return [...groups.values()].map(({ fault, tables: group }) => ({
    ...fault,
    text: `${namesOf(group)}: ${fault.text}`,
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
    return finding('tables.no-server', {
      text: 'LOCATION has no SERVER, and servers/default has no jdbc-site.xml',
      cause: have,
      fix: 'add &SERVER=<name> to LOCATION, and recreate the table',
      where: 'servers/default',
    })
  }
  const shown = `${config === undefined ? 'SERVER' : 'CONFIG'}=${printableName(folder)}`
  const severity = isJdbc ? 'error' : 'warning'
  const where = `servers/${printableName(folder)}`
  if (files === undefined) {
    return finding('tables.server', {
      severity,
      text: `${shown}, but there is no directory with that name in ${facts.base}/servers`,
      cause: have,
      fix: `recreate the table with the correct SERVER, or add ${facts.base}/${where}/ with ${isJdbc ? 'a jdbc-site.xml' : 'its site file'}`,
      where,
    })
  }
  if (isJdbc ? files.includes('jdbc-site.xml') : files.length > 0) return undefined
  return finding('tables.site', {
    severity,
    text: `${shown}, but ${facts.base}/${where} has no ${isJdbc ? 'jdbc-site.xml' : 'site file'}`,
    cause: have,
    fix: isJdbc
      ? `add a jdbc-site.xml there; the template of PXF is ${facts.home}/templates/jdbc-site.xml`
      : 'add the site file of its source there',
    where,
  })
}

function profileFault(
  { profile }: Location,
  { profiles, base }: TablesFacts,
  { restart }: Advice,
): Fault | undefined {
  if (profile === undefined || profiles.get(profile.toLowerCase()) !== false) return undefined
  return finding('tables.profile', {
    text: `PROFILE=${printableName(profile)}, but PXF has no such profile`,
    cause: `it is neither built into PXF nor was it in ${base}/conf/pxf-profiles.xml when PXF started`,
    fix: `recreate the table with the correct PROFILE (for a database: JDBC); if the profile was added to the file since, restart PXF: ${restart}`,
    where: printableName(profile),
  })
}

function unreadable({ failures, cut }: TablesFacts): Finding[] {
  return [
    ...[...failures].map(([database, reason]) =>
      finding('tables.unreadable', {
        text: `the external tables of "${printableName(database)}" could not be read`,
        cause: reason,
        where: database,
      }),
    ),
    ...cut.map((database) =>
      finding('tables.cut', {
        text: `"${printableName(database)}" has more external tables than are checked`,
        where: database,
      }),
    ),
  ]
}
