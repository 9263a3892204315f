import { describe, expect, it } from 'vitest'
import { hashPassword, matchesHash, methodFor } from './password-hash.ts'

const gpadmin = { user: 'gpadmin', password: 'gpadmin' }

describe('matchesHash', () => {
  it('knows md5 with the user as salt', async () => {
    // SELECT 'md5' || md5('gpadmin' || 'gpadmin')
    const stored = 'md5d115c26178447dc7986c5e67afcd710b'
    expect(await matchesHash(stored, gpadmin)).toBe('same')
    expect(await matchesHash(stored, { ...gpadmin, password: 'other' })).toBe('different')
  })

  it('knows SCRAM', async () => {
    // The example of RFC 7677: user "user", password "pencil".
    const stored =
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
    expect(await matchesHash(stored, { user: 'user', password: 'pencil' })).toBe('same')
    expect(await matchesHash(stored, { user: 'user', password: 'Pencil' })).toBe('different')
  })

  it('claims nothing of what it does not know', async () => {
    expect(await matchesHash('plain', { ...gpadmin, password: 'plain' })).toBe('unknown')
  })
})

describe('hashPassword', () => {
  it.each(['md5', 'sha256', 'scram-sha-256'] as const)(
    'makes with %s what is recognised again, and no clear text',
    async (method) => {
      const credentials = { user: 'bob', password: "pa'ss wörd\u00A0" }
      const stored = await hashPassword(method, credentials)
      expect(stored).not.toContain('ss w')
      expect(await matchesHash(stored, credentials)).toBe('same')
      expect(await matchesHash(stored, { ...credentials, password: 'other' })).toBe('different')
    },
  )

  it('gives SCRAM its own salt each time', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => hashPassword('scram-sha-256', gpadmin)))
    expect(one).not.toBe(other)
  })
})

describe('methodFor', () => {
  it.each([
    [{ password_encryption: 'scram-sha-256' }, 'scram-sha-256'],
    [{ password_encryption: 'md5' }, 'md5'],
    [{ password_encryption: 'on', password_hash_algorithm: 'MD5' }, 'md5'],
    [{ password_encryption: 'on', password_hash_algorithm: 'SHA-256' }, 'sha256'],
    [{ password_encryption: 'off', password_hash_algorithm: 'MD5' }, 'md5'],
    [{}, 'md5'],
  ] as const)('reads %j as %s', (settings, method) => {
    expect(methodFor(settings)).toBe(method)
  })
})
