import { describe, expect, it } from 'vitest'
import { matchesVerifier } from './password-drift.ts'

describe('matchesVerifier', () => {
  it('knows md5 with the user as salt', async () => {
    // SELECT 'md5' || md5('gpadmin' || 'gpadmin')
    const stored = 'md5d115c26178447dc7986c5e67afcd710b'
    expect(await matchesVerifier(stored, 'gpadmin', 'gpadmin')).toBe('same')
    expect(await matchesVerifier(stored, 'gpadmin', 'other')).toBe('different')
  })

  it('knows SCRAM', async () => {
    // The example of RFC 7677: user "user", password "pencil".
    const stored =
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
    expect(await matchesVerifier(stored, 'user', 'pencil')).toBe('same')
    expect(await matchesVerifier(stored, 'user', 'Pencil')).toBe('different')
  })

  it('claims nothing of what it does not know', async () => {
    expect(await matchesVerifier('plain', 'gpadmin', 'plain')).toBe('unknown')
  })
})
