/**
 * Whether the configured password is the one in the database. Only a first start sets it, so a change of the
 * environment goes unnoticed until a login fails (docs/base-image.md, trap 14). A login would prove nothing here,
 * because pg_hba.conf trusts this host; the stored verifier does.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { withSession, type SessionTarget } from './session.ts'

export type PasswordState =
  | 'same'
  | 'different'
  /** No password is stored, or it is hashed in a way that is not known here. */
  | 'unknown'

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
  return typeof stored === 'string' ? matchesVerifier(stored, target.user, password) : 'unknown'
}

/** As pg_authid stores it: Greenplum 6 `md5…` or `sha256…`, Greenplum 7 `md5…` or `SCRAM-SHA-256$…`. */
export async function matchesVerifier(
  stored: string,
  user: string,
  password: string,
): Promise<PasswordState> {
  if (/^md5[0-9a-f]{32}$/.test(stored)) return verdict(stored, `md5${digest('md5', password + user)}`)
  if (/^sha256[0-9a-f]{64}$/.test(stored))
    return verdict(stored, `sha256${digest('sha256', password + user)}`)
  const [, rounds, salt, storedKey] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(stored) ?? []
  if (rounds === undefined || salt === undefined || storedKey === undefined) return 'unknown'
  return verdict(storedKey, await scramStoredKey(password, Buffer.from(salt, 'base64'), Number(rounds)))
}

const digest = (algorithm: 'md5' | 'sha256', text: string): string =>
  createHash(algorithm).update(text).digest('hex')

/** RFC 5802: H(HMAC(Hi(password, salt, rounds), "Client Key")). */
async function scramStoredKey(password: string, salt: Buffer, rounds: number): Promise<string> {
  const salted = await promisify(pbkdf2)(password.normalize('NFKC'), salt, rounds, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  return createHash('sha256').update(clientKey).digest('base64')
}

function verdict(stored: string, expected: string): PasswordState {
  const [one, other] = [Buffer.from(stored), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other) ? 'same' : 'different'
}
