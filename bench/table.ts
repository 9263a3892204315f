/** The result as a Markdown table (pure): median, spread in brackets, ratio to the plain image. */
import { measures, type Measure } from './measures.ts'
import { measured, ratioOf, type Result, type Side, type Summary } from './statistics.ts'

export function tableOf({ sides }: Result): string {
  const [plain, ...ours] = sides
  const shown = measures.filter(({ key }) => sides.some((side) => measured(side, key) !== undefined))
  const header = ['', ...sides.flatMap(({ name }, index) => (index === 0 ? [name] : [name, 'ratio']))]
  const rows = shown.map((measure) => [
    measure.text,
    cell(measured(plain, measure.key), measure, measure.plainHasNone),
    ...ours.flatMap((side) => [
      cell(measured(side, measure.key), measure),
      ratio(ratioOf(plain, side, measure.key)),
    ]),
  ])
  return aligned([header, ...rows])
}

function cell(summary: Summary | undefined, { unit }: Measure, none = '–'): string {
  if (summary === undefined) return none
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) => shown(value, unit))
  return summary.rounds === 1 ? `${median} ${unit}` : `${median} ${unit} (${min}–${max})`
}

export const shown = (value: number, unit: Measure['unit']): string =>
  unit === 'rows/s' ? String(Math.round(value)) : value.toFixed(unit === 's' ? 2 : 1)

const ratio = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2))

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [header = [], ...body] = rows
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

export const describe = ({ base, volume, rounds, machine, date }: Result, sides: readonly Side[]): string =>
  `${base}, data on a ${volume}, ${machine}, ${date}: medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ` +
  `${sides.map(({ name }) => name).join(', ')} in turn (lowest–highest)`
