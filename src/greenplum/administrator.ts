/**
 * Who the administrator is on this system, for a root that gives itself up: the database lets only its own user in
 * over the socket, and files must be judged as Greenplum and PXF see them.
 */
import { readFile, stat } from 'node:fs/promises'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** The account of that name; where there is none, that of the owner of the data directory. Never root's. */
export async function findAdministrator(user: string, dataDirectory: string): Promise<Account | undefined> {
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8').catch(() => ''))
  const owner = await stat(dataDirectory).catch(() => undefined)
  const found = accounts.find(({ name }) => name === user) ?? accounts.find(({ uid }) => uid === owner?.uid)
  return found === undefined || found.uid === 0 ? undefined : found
}

/** passwd(5). */
export function parseAccounts(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid, , home] = line.split(':')
    return home === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid), home }]
  })
}
