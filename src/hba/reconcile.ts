/**
 * Keeps the rule `host all <user> samehost <method>` in the coordinator's pg_hba.conf. It is written before the server
 * starts on an existing volume, and after the final start on a new one, because gpinitsystem rewrites the file
 * (docs/base-image.md, trap 2). Then the server reloads it, and a session like those of PXF's tools verifies it.
 */
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../atomic-file.ts'
import type { Config } from '../config/config.ts'
import { SupervisorError, errnoOf, reasonOf } from '../errors.ts'
import { FindingError } from '../findings/error.ts'
import { finding, sentenceOf } from '../findings/finding.ts'
import { withSession, type SessionTarget } from '../greenplum/session.ts'
import { describeSqlError } from '../greenplum/sql-errors.ts'
import { readRegular } from '../regular-file.ts'
import { letsClientsIn, withHbaRule, type HbaRule } from './rule.ts'

export const hbaPath = (dataDirectory: string): string => join(dataDirectory, 'pg_hba.conf')

export const hbaRuleOf = (config: Config): HbaRule => ({
  user: config.greenplum.user,
  method: config.hba.samehost === 'md5' ? 'md5' : 'trust',
})

/** The coordinator's file, and what it reveals about its cluster. @throws if the file cannot be read */
export async function observeHba(
  directory: string,
): Promise<{ readonly text: string | undefined; readonly letsClientsIn: boolean }> {
  try {
    const text = await readRegular(hbaPath(directory), 'latin1')
    return { text, letsClientsIn: letsClientsIn(text) }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error
    return { text: undefined, letsClientsIn: false }
  }
}

type Edited = 'changed' | 'unchanged' | 'absent'

export const reconcileHbaFile = (path: string, rule: HbaRule): Promise<Edited> =>
  editHba(path, (text) => withHbaRule(text, rule))

/** Two parts edit the coordinator's file. */
const editing = new Map<string, Promise<unknown>>()

/** @returns `absent` if there is no file yet, as on a new volume. Mode and owner are preserved. */
export function editHba(path: string, edit: (text: string) => string): Promise<Edited> {
  const turn = (editing.get(path) ?? Promise.resolve()).then(() => replaceEdited(path, edit))
  editing.set(
    path,
    turn.catch(() => {}),
  )
  return turn
}

async function replaceEdited(path: string, edit: (text: string) => string): Promise<Edited> {
  const text = await readIfThere(path)
  if (text === undefined) return 'absent'
  const wanted = edit(text)
  if (wanted === text) return 'unchanged'
  const target = await realpath(path)
  const { mode, uid, gid } = await stat(target)
  await replaceFile(target, Buffer.from(wanted, 'latin1'), { mode: mode & 0o7777, owner: { uid, gid } })
  return 'changed'
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    // One character per byte: every byte is preserved, whatever the encoding of the comments.
    return await readRegular(path, 'latin1')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw new SupervisorError(`cannot read ${path}: ${reasonOf(error)}`, {
      code: 'hba-unreadable',
      cause: error,
    })
  }
}

/** Only the coordinator's file has the rule, so the coordinator's own reload is enough. */
export async function reloadConfiguration(target: SessionTarget, signal: AbortSignal): Promise<void> {
  await withSession(target, (session) => session.query('SELECT pg_reload_conf()'), { signal })
}

/**
 * Opens a session over TCP to the coordinator's name, as `pxf cluster` does.
 * @param target host name and, for a rule with a password, the password; none for `trust`
 * @throws FindingError with the cause and what to do
 */
export async function verifyHbaRule(target: SessionTarget, signal: AbortSignal): Promise<void> {
  try {
    await withSession(target, (session) => session.query('SELECT 1'), { signal })
  } catch (error) {
    const unverified = finding('hba.unverified', {
      text: `cannot connect to ${target.host}:${target.port} as ${target.user} over TCP, as pxf cluster and other tools do`,
      cause: describeSqlError(error),
      fix: fixFor(error, target),
      where: `${target.host}:${target.port}`,
    })
    throw new FindingError(sentenceOf(unverified), unverified, { code: 'hba-unverified', cause: error })
  }
}

function fixFor(error: unknown, target: SessionTarget): string {
  switch (errnoOf(error) ?? '') {
    case '28P01':
      return (
        'the password in the environment differs from that of the database (only the first start sets it): ' +
        `ALTER ROLE ${target.user} PASSWORD '…'`
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name does not resolve: give the container that host name, or set PGHOST'
    case 'ECONNREFUSED':
      return 'check listen_addresses in postgresql.conf'
    default:
      return 'see pg_hba.conf: the rule must precede every other rule that matches this connection'
  }
}
