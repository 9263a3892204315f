import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { drawnTimeline, timelinePicture } from './picture.ts'
import type { Result } from './statistics.ts'
import { describe as headline, tableOf } from './table.ts'

const samples = (first: number, later: number) => ({
  'first.database': [first - 1, first - 2, first - 3],
  'first.all': [first, first, first],
  'later.database': [later - 1],
  'later.all': [later],
})
const result: Result = {
  base: 'a <base>',
  volume: 'tmpfs',
  rounds: 3,
  date: '2026-01-02',
  machine: '2 cores',
  sides: [
    { name: 'plain image', image: 'p', environment: {}, samples: samples(40, 12) },
    {
      name: 'gp-supervisor',
      image: 'o',
      environment: {},
      samples: { ...samples(10, 6), 'pxf.death': [2.25], rows: [123456.7] },
    },
    { name: 'off', image: 'o', environment: { X: 'off' }, samples: samples(20, 9) },
  ],
}

describe('the result', () => {
  it('is a table with the spread, the ratios, and why the plain image has no value', () => {
    expect(headline(result, result.sides)).toBe(
      'a <base>, data on a tmpfs, 2 cores, 2026-01-02: medians of 3 rounds of plain image, gp-supervisor, off in turn (lowest–highest)',
    )
    const [header, line, ...rows] = tableOf(result)
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((text) => text.trim()),
      )
    expect(header).toEqual(['', 'plain image', 'gp-supervisor', 'ratio', 'off', 'ratio'])
    expect(line?.every((text) => /^-{3,}$/.test(text))).toBe(true)
    expect(rows[0]).toEqual([
      'first start → a dispatched query is answered',
      '38.00 s (37.00–39.00)',
      '8.00 s (7.00–9.00)',
      '0.21',
      '18.00 s (17.00–19.00)',
      '0.47',
    ])
    expect(rows.at(-2)).toEqual(['PXF killed → ready', 'never', '2.25 s', '–', '–', '–'])
    expect(rows.at(-1)).toEqual(['rows through PXF', '–', '123457 rows/s', '–', '–', '–'])
    // What nobody has measured has no row.
    expect(rows).toHaveLength(6)
  })

  it('is a picture of both starts, with lengths in proportion, for light and dark pages and for who cannot see it', () => {
    const svg = timelinePicture(result)
    expect(svg).toContain(
      'over a &lt;base&gt;: plain image first start 40.0 s, later start 12.0 s; gp-supervisor',
    )
    expect(svg).toContain('prefers-color-scheme: dark')
    const before = [...svg.matchAll(/class="before" x="150" y="\d+" width="([\d.]+)" height="18"/g)]
    const [plain = NaN, own = NaN] = before.map(([, width]) => Number(width))
    expect(before).toHaveLength(6)
    expect(plain / own).toBeCloseTo(38 / 8, 1)
    // Every text and bar lies within the picture.
    const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number)
    for (const [, x, y] of svg.matchAll(/ x="([\d.]+)" y="([\d.]+)"/g)) {
      expect(Number(x)).toBeLessThan(width - 50)
      expect(Number(y)).toBeLessThan(height)
    }
  })

  it('is drawn in the documentation as it was measured', async () => {
    const file = new URL('../docs/images/timeline.svg', import.meta.url)
    expect(await readFile(file, 'utf8')).toBe(await drawnTimeline())
  })

  it('is drawn also where a side has not been started', () => {
    const [plain] = result.sides
    const empty = { name: 'x', image: 'x', environment: {}, samples: {} }
    expect(timelinePicture({ ...result, sides: plain === undefined ? [] : [plain, empty] })).not.toContain(
      'NaN',
    )
  })
})
