import { describe, expect, it } from 'vitest'
import { planSeeding, type SeedMode, type VolumeFile } from './plan.ts'

const [image, seededBefore, byTheUser, withLine] = ['image', 'seeded-before', 'by-the-user', 'with-our-line']
const found: Record<string, VolumeFile | undefined> = {
  nothing: undefined,
  'the image’s': { sha256: image },
  'seeded before': { sha256: seededBefore },
  'the user’s': { sha256: byTheUser },
  'lacks our line, else the image’s': { sha256: 'bare', amendedSha256: image },
  'lacks our line, else seeded before': { sha256: 'bare', amendedSha256: seededBefore },
  'seeded before our line was needed': { sha256: seededBefore, amendedSha256: withLine },
  'the user’s, lacks our line': { sha256: byTheUser, amendedSha256: withLine },
}
const remembered: Record<string, string | undefined> = {
  nothing: undefined,
  'the image’s': image,
  'seeded before': seededBefore,
}
const modes: readonly SeedMode[] = ['0', 'unmodified', '1']

describe('planSeeding', () => {
  it('decides every combination of what is found, what is remembered and the mode', () => {
    const rows = Object.entries(found).flatMap(([what, file]) =>
      Object.entries(remembered).map(([memory, sha256]) => {
        const cells = modes.map((mode) => {
          const files = new Map(file === undefined ? [] : [['x', file]])
          const manifest = new Map(sha256 === undefined ? [] : [['x', sha256]])
          const [planned] = planSeeding([{ path: 'x', sha256: image }], { files, manifest }, mode)
          return `${planned?.state} ${planned?.action} -> ${planned?.remember ?? 'nothing'}`
        })
        return `found ${what} | remembered ${memory}\n    ${cells.join('\n    ')}`
      }),
    )
    expect(`\n${rows.join('\n')}\n`).toMatchSnapshot()
  })

  it('is idempotent: what was written or adopted is current, and nothing is done', () => {
    for (const mode of modes) {
      const manifest = new Map([['x', image]])
      const files = new Map([['x', { sha256: image }]])
      expect(planSeeding([{ path: 'x', sha256: image }], { files, manifest }, mode)).toEqual([
        { path: 'x', state: 'current', action: 'none', remember: image },
      ])
    }
  })

  it('keeps what it would keep anyway when a variable is missing, and holds what it should write', () => {
    const rows = [undefined, 'seeded', 'edited'].map((lies) =>
      modes.map((mode) => {
        const files = new Map(lies === undefined ? [] : [['x', { sha256: lies }]])
        const file = { path: 'x', sha256: 'half filled', lacks: ['NAME'] }
        const [planned] = planSeeding([file], { files, manifest: new Map([['x', 'seeded']]) }, mode)
        expect(planned?.remember).toBe('seeded')
        return `${planned?.state} ${planned?.action}`
      }),
    )
    expect(rows).toEqual([
      ['missing hold', 'missing hold', 'missing hold'],
      ['unfilled keep', 'unfilled hold', 'unfilled hold'],
      ['unfilled keep', 'unfilled keep', 'unfilled hold'],
    ])
  })
})
