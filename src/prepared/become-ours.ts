/**
 * Makes an unpacked cluster the one of this host: its addresses and time zone in the files, its name in the catalog, the
 * names and the password that this start wants. What every server has in its catalog is changed on each, as the
 * coordinator would have done it by dispatch, so that all agree.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, Environment } from '../config/config.ts'
import { hashPassword, methodFor } from '../greenplum/password-hash.ts'
import { quoteIdentifier, quoteLiteral } from '../greenplum/session.ts'
import { hbaPath } from '../hba/reconcile.ts'
import { withHostRules, withTimeZone } from './addresses.ts'
import type { Manifest } from './manifest.ts'
import { singleUser, type SingleUser } from './single-user.ts'

export interface Ours {
  readonly config: Config
  readonly hostname: string
  readonly addresses: readonly string[]
  /** Of the start script. */
  readonly environment: Environment
  readonly toolEnvironment: Readonly<Record<string, string>>
}

/** A server of 128 GiB takes no longer: it was shut down. */
const timeoutMs = 120_000

export async function becomeOurs(manifest: Manifest, staging: string, ours: Ours): Promise<void> {
  const directories = manifest.servers.map(({ path }) => join(staging, path))
  await Promise.all(
    directories.map((directory, index) =>
      adaptFiles(directory, { manifest, ours, isCoordinator: index === 0 }),
    ),
  )
  const environment = { ...ours.toolEnvironment, LC_ALL: 'C' }
  const sessions = directories.map((directory) =>
    singleUser(directory, 'template1', { environment, timeoutMs }),
  )
  try {
    await changeCatalogs(sessions as [SingleUser, ...SingleUser[]], manifest, ours)
  } finally {
    await Promise.all(sessions.map((session) => session.abandon()))
  }
}

async function changeCatalogs(
  sessions: readonly [SingleUser, ...SingleUser[]],
  manifest: Manifest,
  { config, hostname }: Ours,
): Promise<void> {
  const [coordinator] = sessions
  await changeHost(coordinator, manifest, hostname)
  const statements = [
    ...(await renaming(coordinator, manifest, config)),
    ...(await password(coordinator, config)),
  ]
  await Promise.all(
    sessions.map(async (session) => {
      for (const statement of statements) await session.query(statement)
      await session.end()
    }),
  )
}

async function adaptFiles(
  directory: string,
  {
    manifest,
    ours,
    isCoordinator,
  }: { readonly manifest: Manifest; readonly ours: Ours; readonly isCoordinator: boolean },
): Promise<void> {
  const { user } = ours.config.greenplum
  const rules = { user, addresses: ours.addresses, isCoordinator }
  await edit(hbaPath(directory), (text) => withHostRules(text, rules))
  const [packed, wanted] = [manifest.timeZone, ours.environment['TZ'] || undefined]
  if (packed !== undefined && wanted !== undefined && packed !== wanted)
    await edit(join(directory, 'postgresql.conf'), (text) => withTimeZone(text, packed, wanted))
}

/** In place: nobody reads it yet, and its mode stays. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'latin1')), 'latin1')
}

async function changeHost(
  coordinator: SingleUser,
  { host, servers }: Manifest,
  hostname: string,
): Promise<void> {
  if (host === hostname) return
  const name = quoteLiteral(hostname)
  await coordinator.query('SET allow_system_table_mods = on')
  await coordinator.query(
    `UPDATE gp_segment_configuration SET hostname = ${name}, address = ${name} WHERE hostname = ${quoteLiteral(host)}`,
  )
  const [row] = await coordinator.query(
    `SELECT count(*) AS servers FROM gp_segment_configuration WHERE hostname = ${name} AND address = ${name}`,
  )
  if (row?.['servers'] !== `${servers.length}`)
    throw new Error(`the catalog has ${row?.['servers'] ?? 'no'} of ${servers.length} servers on ${hostname}`)
}

async function renaming(
  coordinator: SingleUser,
  { database }: Manifest,
  { greenplum }: Config,
): Promise<string[]> {
  const wanted = greenplum.database
  const rows = await coordinator.query('SELECT datname FROM pg_database')
  const names = rows.map(({ datname }) => datname)
  return names.includes(wanted)
    ? []
    : [`ALTER DATABASE ${quoteIdentifier(database)} RENAME TO ${quoteIdentifier(wanted)}`]
}

async function password(coordinator: SingleUser, { greenplum }: Config): Promise<string[]> {
  const { user, password: given } = greenplum
  if (given === undefined) throw new Error('there is no password')
  const rows = await coordinator.query(
    `SELECT name, setting FROM pg_settings WHERE name IN ('password_encryption', 'password_hash_algorithm')`,
  )
  const method = methodFor(Object.fromEntries(rows.map(({ name, setting }) => [name ?? '', setting])))
  const hash = await hashPassword(method, { user, password: given })
  return [`ALTER ROLE ${quoteIdentifier(user)} PASSWORD ${quoteLiteral(hash)}`]
}
