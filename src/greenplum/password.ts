/**
 * The password of a first start. The base image's script hands it unquoted to gpinitsystem, which puts it
 * between quotes into SQL: blanks, wildcards, quotes and the like break the start (docs/base-image.md). Such a
 * password never reaches the script. It gets a random one, and the real one is set once the database serves.
 */
import { randomBytes } from 'node:crypto'
import { quoteLiteral, quoteIdentifier, withSession, type SessionTarget } from './session.ts'

/** Characters that pass through both the shell and the SQL unchanged. */
const survives = /^[\w.,:;@%+=/!#^~-]+$/

/**
 * The environment that replaces the password for the script, or undefined where it may have the real one: only for
 * custom init scripts, which may need it. gpinitsystem gets it as an argument, which everybody on the host can read.
 */
export function standInPassword(
  password: string | undefined,
  hasInitScripts: boolean,
): Record<string, string | undefined> | undefined {
  if (password === undefined || (hasInitScripts && survives.test(password))) return undefined
  return { GREENPLUM_PASSWORD: randomBytes(24).toString('hex'), GREENPLUM_PASSWORD_FILE: undefined }
}

/** Sets the password of a role. The session logs no statement, so it reaches no log. */
export async function setPassword(
  target: SessionTarget,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const statement = `ALTER ROLE ${quoteIdentifier(target.user)} PASSWORD ${quoteLiteral(password)}`
  await withSession(target, (session) => session.query(statement), { signal })
}
