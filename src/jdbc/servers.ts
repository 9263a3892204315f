/**
 * Observes the JDBC servers of PXF: their site files, the JARs with drivers, and the hosts that they refer to. It also
 * has PXF log in to each.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, Environment } from '../config/config.ts'
import { errnoOf, reasonOf } from '../errors.ts'
import { readPart } from '../regular-file.ts'
import { reach } from './endpoints.ts'
import { classesIn } from './jar.ts'
import { tryLogins } from './logins.ts'
import { driverName, type JarFacts, type SiteFacts, type JdbcFacts } from './servers-judged.ts'
import { parseSite, valueOf, variablesIn } from './site.ts'
import { endpointKey, endpointsOf, type Endpoint } from './url.ts'

/** A site file has only a few kilobytes. */
const mostBytes = 1024 * 1024
/** Usually there are one or two servers; a very large number must not delay the rest. */
const mostServers = 100

export async function observeJdbc(config: Config, environment: Environment): Promise<JdbcFacts> {
  const { base, home } = config.pxf
  const sites = await readSites(join(base, 'servers'))
  const properties = sites.flatMap((site) => ('properties' in site ? [site.properties] : []))
  const drivers = properties.flatMap((all) => driverName(valueOf(all, 'jdbc.driver')) ?? [])
  const endpoints = properties.flatMap((all) => endpointsOf(valueOf(all, 'jdbc.url') ?? ''))
  const complete = sites.flatMap((site) => (hasSource(site) ? [site.server] : []))
  const [own, bundled, reached, logins, variables] = await Promise.all([
    jarsBelow(join(base, 'lib'), drivers),
    jarsBelow(join(home, 'application'), drivers),
    reachAll(endpoints),
    tryLogins({ port: config.pxf.port, user: config.greenplum.user }, complete),
    readVariables(join(config.pxf.seedDirectory, 'servers'), complete),
  ])
  const pxfEnv = await readPart(join(base, 'conf/pxf-env.sh'), mostBytes).catch(() => undefined)
  const moreJars =
    environment['PXF_LOADER_PATH'] !== undefined ||
    /^[^#\n]*\bPXF_LOADER_PATH=/m.test(pxfEnv?.bytes.toString('latin1') ?? '')
  const owner = config.greenplum.user
  return { base, sites, own, bundled, moreJars, reached, logins, variables, owner, environment }
}

/** Without these properties, each table specifies its own source. */
const hasSource = (site: SiteFacts): boolean =>
  'properties' in site &&
  ['jdbc.driver', 'jdbc.url'].every((name) => (valueOf(site.properties, name) ?? '').trim() !== '')

async function readVariables(folder: string, servers: readonly string[]): Promise<JdbcFacts['variables']> {
  const found = await Promise.all(
    servers.map(async (server) => {
      const site = await readSite(server, join(folder, server, 'jdbc-site.xml')).catch(() => undefined)
      const properties = site !== undefined && 'properties' in site ? site.properties : []
      return [server, new Map(properties.map(({ name, value }) => [name, variablesIn(value)]))] as const
    }),
  )
  return new Map(found)
}

async function readSites(folder: string): Promise<SiteFacts[]> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  names.sort((a, b) => (a < b ? -1 : 1))
  const found = await Promise.all(
    names.slice(0, mostServers).map((server) => readSite(server, join(folder, server, 'jdbc-site.xml'))),
  )
  return found.filter((site) => site !== undefined)
}

async function readSite(server: string, path: string): Promise<SiteFacts | undefined> {
  try {
    const { bytes } = await readPart(path, mostBytes)
    return { server, ...parseSite(bytes) }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    return { server, unreadable: reasonOf(error) }
  }
}

/** PXF's loader searches all subdirectories and accepts zip files as well. */
async function jarsBelow(folder: string, drivers: readonly string[]): Promise<JarFacts[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const paths = names.filter((name) => /\.(jar|zip)$/i.test(name)).toSorted()
  const jars: JarFacts[] = []
  // One after the other, because their tables of contents may be large.
  for (const path of paths) {
    const file = join(folder, path)
    if ((await stat(file).catch(() => undefined))?.isDirectory() === true) continue
    jars.push(
      await classesIn(file, drivers).then(
        (classes) => ({ path, classes, fault: '' }),
        (error: unknown) => ({ path, classes: [], fault: reasonOf(error) }),
      ),
    )
  }
  return jars
}

async function reachAll(endpoints: readonly Endpoint[]): Promise<JdbcFacts['reached']> {
  const different = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  return new Map(
    await Promise.all([...different].map(async ([key, endpoint]) => [key, await reach(endpoint)] as const)),
  )
}
