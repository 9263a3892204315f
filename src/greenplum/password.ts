/**
 * The administrator's password in the database: set, and compared with the one of the environment. Clear text never
 * goes to the server: it gets the hash that it would have made itself.
 *
 * On a first start the base image's script hands the password unquoted to gpinitsystem, which puts it between quotes
 * into SQL: blanks, wildcards, quotes and the like break the start (docs/base-image.md). Such a password never reaches
 * the script. It gets a random one, and the real one is set once the database serves.
 */
import { randomBytes } from 'node:crypto'
import { variableName, type ImageProfile } from '../image/profile.ts'
import { hashPassword, matchesHash, methodFor, type PasswordState } from './password-hash.ts'
import { quoteLiteral, quoteIdentifier, withSession, type SessionTarget } from './session.ts'

/** Characters that pass through both the shell and the SQL unchanged. */
const survives = /^[\w.,:;@%+=/!#^~-]+$/

/**
 * The environment that replaces the password for the script, or undefined where it may have the real one: only for
 * custom init scripts, which may need it. gpinitsystem gets it as an argument, which everybody on the host can read.
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

/** Sets the password of the role that the session belongs to. */
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
 * Whether the configured password is the one in the database. Only a first start sets it, so a change of the
 * environment goes unnoticed until a login fails (docs/base-image.md, trap 14). A login would prove nothing here,
 * because pg_hba.conf trusts this host; the stored hash does.
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
