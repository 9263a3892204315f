/**
 * A first start of a cluster creates servers on several hosts, and may be cut off at any moment. Before `gpinitsystem` the
 * coordinator marks every host with an id of this first start, which is on its own volume as well; once the database
 * serves, the marks are removed. A host that has the mark when the coordinator begins again has half-made servers of that
 * very start: they are moved aside. Whatever has no such mark is never touched, nor marked: a coordinator whose volume is
 * new tries again with the same id, and would take the data of before for its own.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { Config } from '../config/config.ts'
import { unlessAbsent } from '../errors.ts'
import { observePostmaster, surveyServers } from '../greenplum/data-directories.ts'
import { readRegular } from '../regular-file.ts'
import { interruptedStarts, moveAside, readNote, stateDirectory, writeState } from '../volume/state.ts'

const name = 'first-start.json'
const schema = z.object({ version: z.literal(1), id: z.uuid() })
const fileOf = (dataDirectory: string): string => join(stateDirectory(dataDirectory), name)

/** @returns undefined where no first start is unfinished */
export async function firstStartHere(dataDirectory: string): Promise<string | undefined> {
  return (await readNote(dataDirectory, name, schema).catch(() => undefined))?.id
}

/** For the coordinator: the id of the first start that was cut off, or a new one. */
export async function beginOnCoordinator(dataDirectory: string): Promise<string> {
  const id = (await firstStartHere(dataDirectory)) ?? randomUUID()
  await writeState(dataDirectory, name, { version: 1, id })
  return id
}

export const isId = (word: string): boolean => z.uuid().safeParse(word).success

/**
 * @param stop ends the server of a directory
 * @returns where half-made servers were moved to
 * @throws for a host with servers that are not of this first start, which stays as it is
 */
export async function beginOnHost(
  config: Config['greenplum'],
  id: string,
  stop: (directory: string) => Promise<string>,
): Promise<string | undefined> {
  const { dataDirectory } = config
  const isSame = (await firstStartHere(dataDirectory)) === id
  const { directories, servers, unreadable } = await surveyServers(config)
  const [unread] = unreadable
  if (unread !== undefined) throw new Error(`${unread.path} cannot be read: ${unread.reason}`)
  if (!isSame && servers.length > 0)
    throw new Error(
      `it has servers that this first start has not made: ${servers.join(', ')}; if nobody needs them, remove the volume of this host`,
    )
  await writeState(dataDirectory, name, { version: 1, id })
  if (!isSame) return undefined
  for (const directory of directories) {
    if ((await observePostmaster(directory)).state !== 'alive') continue
    const failure = await stop(directory)
    if (failure !== '') throw new Error(failure)
  }
  // There is no data in them.
  for (const path of await interruptedStarts(dataDirectory)) await rm(path, { recursive: true, force: true })
  const folders = await segmentFolders(config)
  const { to, moved } = await moveAside(config, new Date().toISOString())
  for (const folder of folders) await mkdir(folder, { recursive: true })
  return moved.length === 0 ? undefined : to
}

/** What the start script makes once, when its container starts: `00/primary`, … */
async function segmentFolders({
  dataDirectory,
  profile: { layout },
}: Config['greenplum']): Promise<string[]> {
  const numbered = (await readdir(dataDirectory)).filter((entry) => layout.segmentFolder.test(entry))
  const inside = await Promise.all(
    numbered.map(async (number) =>
      (await readdir(join(dataDirectory, number)))
        .filter((role) => layout.segmentRoles.includes(role))
        .map((role) => join(dataDirectory, number, role)),
    ),
  )
  return inside.flat()
}

/** Removes the mark. One of another first start stays. */
export async function endOn(dataDirectory: string, id: string): Promise<void> {
  if ((await firstStartHere(dataDirectory)) === id) await rm(fileOf(dataDirectory), { force: true })
}

/** The segment hosts that `gpinitsystem` gets. */
export async function hostsIn(hostFile: string): Promise<string[]> {
  const text = (await unlessAbsent(readRegular(hostFile))) ?? ''
  return [...new Set(text.split('\n').map((line) => line.trim()))].filter(
    (line) => line !== '' && !line.startsWith('#'),
  )
}
