/**
 * Sets the administrator's password in the database, and compares it with the one in the environment. The server never
 * receives clear text, only the hash that it would have computed itself.
 *
 * On a first start the base image's script passes the password unquoted to gpinitsystem, which inserts it between
 * quotes into SQL. Blanks, wildcards, quotes and similar characters make the start fail (docs/base-image.md). The
 * script never gets such a password. It gets a random one, and the real one is set once the database accepts
 * connections.
 */
import { randomBytes } from 'node:crypto'
import { variableName, type ImageProfile } from '../image/profile.ts'
import { hashPassword, matchesHash, methodFor, type PasswordState } from './password-hash.ts'
import { quoteLiteral, quoteIdentifier, withSession, type SessionTarget } from './session.ts'

/** Characters that neither the shell nor the SQL changes. */
const survives = /^[\w.,:;@%+=/!#^~-]+$/

/**
 * Variables that replace the password for the script, or undefined if it may have the real one: only if there are
 * custom init scripts, which may need it. gpinitsystem gets it as an argument, which every user of the host can read.
 */
export function standInPassword(
  password: string | undefined,
  { hasInitScripts, profile }: { readonly hasInitScripts: boolean; readonly profile: ImageProfile },
): Record<string, string | undefined> | undefined {
  if (password === undefined || (hasInitScripts && survives.test(password))) return undefined
  return {
    [variableName(profile, 'PASSWORD')]: randomBytes(24).toString('hex'),
    [variableName(profile, 'PASSWORD_FILE')]: undefined,
  }
}

/** Sets the password of the session's own role. */
export async function setPassword(
  target: SessionTarget,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const { user } = target
  await withSession(
    target,
    async (session) => {
      const settings = await session.query(
        `SELECT name, setting FROM pg_settings WHERE name IN ('password_encryption', 'password_hash_algorithm')`,
      )
      const method = methodFor(
        Object.fromEntries(settings.map(({ name, setting }) => [String(name), String(setting)])),
      )
      const hash = await hashPassword(method, { user, password })
      await session.query(`ALTER ROLE ${quoteIdentifier(user)} PASSWORD ${quoteLiteral(hash)}`)
    },
    { signal },
  )
}

/**
 * Compares the configured password with the one in the database. Only a first start sets it, so a change in the
 * environment goes unnoticed until a login fails (docs/base-image.md, trap 14). A login attempt would not help, because
 * pg_hba.conf trusts this host; the stored hash does.
 */
export async function comparePassword(
  target: SessionTarget,
  password: string,
  signal: AbortSignal,
): Promise<PasswordState> {
  const rows = await withSession(
    target,
    (session) => session.query('SELECT rolpassword FROM pg_authid WHERE rolname = current_user'),
    { signal },
  )
  const stored = rows[0]?.['rolpassword']
  return typeof stored === 'string' ? matchesHash(stored, { user: target.user, password }) : 'unknown'
}
