/**
 * Finds the administrator's account on this system, so that root can switch to it: over the socket the database accepts
 * only its own user, and files must be checked with the permissions of Greenplum and PXF.
 */
import { readFile, stat } from 'node:fs/promises'
import { unlessAbsent } from '../errors.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/**
 * The account with that name, or else the account of the owner of the data directory. Never root.
 * @throws if it cannot be determined
 */
export async function findAdministrator(user: string, dataDirectory: string): Promise<Account | undefined> {
  const accounts = parseAccounts((await unlessAbsent(readFile('/etc/passwd', 'utf8'))) ?? '')
  const named = accounts.find(({ name }) => name === user)
  const owner = named === undefined ? await unlessAbsent(stat(dataDirectory)) : undefined
  const found = named ?? accounts.find(({ uid }) => uid === owner?.uid)
  return found === undefined || found.uid === 0 ? undefined : found
}

/** passwd(5). */
export function parseAccounts(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid, , home] = line.split(':')
    return home === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid), home }]
  })
}
