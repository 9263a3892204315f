/**
 * Who runs the stand-in. PostgreSQL refuses root, so under root everything below a scratch folder runs as an
 * ordinary user of the machine.
 */
import { chownSync, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** `nobody` under root; undefined for anybody else, who stays who they are. */
export function accountToDropTo(name = 'nobody'): Account | undefined {
  if (getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new Error(`cannot drop from root: /etc/passwd has no user ${name}; run as an ordinary user instead`)
  }
  return { name, uid: Number(uid), gid: Number(gid) }
}

/** Gives a folder with all that is in it to the account. Never for hard links: the owner is the inode's. */
export function giveTo(account: Account | undefined, path: string): void {
  if (account === undefined) return
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  if (stat.uid !== account.uid) chownSync(path, account.uid, account.gid)
  if (stat.isDirectory()) for (const entry of readdirSync(path)) giveTo(account, join(path, entry))
}
