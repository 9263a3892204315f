/**
 * Who the administrator is on this system, for a root that gives itself up: the database lets only its own user in
 * over the socket, and files must be judged as Greenplum and PXF see them.
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
 * The account of that name; where there is none, that of the owner of the data directory. Never root's.
 * @throws where nobody can tell
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
