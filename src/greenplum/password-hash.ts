/**
 * Password hashes as a server stores them: creates them, and compares a stored hash with a password. Pure, except for
 * the random salt.
 *
 * Greenplum 6 stores `md5…` or `sha256…` (password_hash_algorithm), Greenplum 7 and PostgreSQL `md5…` or
 * `SCRAM-SHA-256$…` (password_encryption; src/common/scram-common.c and md5.c).
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export type HashMethod = 'md5' | 'sha256' | 'scram-sha-256'

export type PasswordState =
  | 'same'
  | 'different'
  /** No password is stored, or the hash method is not known here. */
  | 'unknown'

export interface Credentials {
  readonly user: string
  readonly password: string
}

/**
 * The method that the server would use for a new password. A server that would store clear text (password_encryption
 * off, Greenplum 6) gets md5, which it accepts as well.
 */
export function methodFor(settings: Readonly<Record<string, string | undefined>>): HashMethod {
  if (settings['password_encryption'] === 'scram-sha-256') return 'scram-sha-256'
  return /^sha-?256$/i.test(settings['password_hash_algorithm'] ?? '') ? 'sha256' : 'md5'
}

/** The default of PostgreSQL. */
const scramRounds = 4096
const saltBytes = 16

export async function hashPassword(method: HashMethod, credentials: Credentials): Promise<string> {
  if (method !== 'scram-sha-256') return simpleHash(method, credentials)
  const salt = randomBytes(saltBytes)
  const { storedKey, serverKey } = await scramKeys(credentials.password, salt, scramRounds)
  return `SCRAM-SHA-256$${scramRounds}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

export async function matchesHash(stored: string, credentials: Credentials): Promise<PasswordState> {
  if (/^md5[0-9a-f]{32}$/.test(stored)) return verdict(stored, simpleHash('md5', credentials))
  if (/^sha256[0-9a-f]{64}$/.test(stored)) return verdict(stored, simpleHash('sha256', credentials))
  const [, rounds, salt, storedKey] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(stored) ?? []
  if (rounds === undefined || salt === undefined || storedKey === undefined) return 'unknown'
  const keys = await scramKeys(credentials.password, Buffer.from(salt, 'base64'), Number(rounds))
  return verdict(storedKey, keys.storedKey)
}

const simpleHash = (method: 'md5' | 'sha256', { user, password }: Credentials): string =>
  method +
  createHash(method)
    .update(password + user)
    .digest('hex')

/** RFC 5802: StoredKey is H(HMAC(salted, "Client Key")), ServerKey is HMAC(salted, "Server Key"). */
async function scramKeys(
  password: string,
  salt: Buffer,
  rounds: number,
): Promise<{ readonly storedKey: string; readonly serverKey: string }> {
  const salted = await promisify(pbkdf2)(prepared(password), salt, rounds, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  return {
    storedKey: createHash('sha256').update(key('Client Key')).digest('base64'),
    serverKey: key('Server Key').toString('base64'),
  }
}

/** The mappings of SASLprep (RFC 4013): other kinds of space become a space, invisible characters are removed. */
const prepared = (password: string): string =>
  password.replaceAll(otherBlanks, ' ').replaceAll(invisible, '').normalize('NFKC')

/** RFC 3454, tables C.1.2 and B.1. */
const otherBlanks = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu
const invisible = /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu

function verdict(stored: string, expected: string): PasswordState {
  const [one, other] = [Buffer.from(stored), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other) ? 'same' : 'different'
}
