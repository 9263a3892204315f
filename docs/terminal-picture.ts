/**
 * Draws what a terminal showed as a picture: `npm run docs` writes `docs/images/<name>.svg` for each `<name>.txt` there.
 * A unit test fails when one of them is stale.
 *
 * The text is what the program printed, with the command line after `$ `. Long lines are wrapped. What is left out by
 * hand is marked with `…`.
 */
import { glob, readFile, writeFile } from 'node:fs/promises'

const columns = 100
/** The width of a character is fixed, so that columns stay aligned whatever font the reader has. */
const cell = { width: 7.8, height: 18, fontSize: 13 }
const margin = 16
const bar = 28

/** It brings its own background, so that it reads alike on a light page and on a dark one. */
const colours = {
  background: '#161b22',
  border: '#6e7681',
  plain: '#d0d7de',
  dim: '#9198a1',
  bright: '#ffffff',
  good: '#56d364',
  warning: '#e3b341',
  bad: '#ff7b72',
  fix: '#79c0ff',
} as const

type Colour = keyof typeof colours

interface Span {
  readonly text: string
  readonly colour: Colour
}

/** The first rule that matches colours its part of a line; the rest is plain. */
const rules: readonly (readonly [RegExp, Colour])[] = [
  [/^\$ .*/, 'bright'],
  [/^ +(?:error|refuse)(?= )/, 'bad'],
  [/^ +warning(?=[: ])/, 'warning'],
  [/^ +note(?= )/, 'dim'],
  [/^ +fix:/, 'fix'],
  [/^ +cause:/, 'dim'],
  [/(?<=^phase: )ready|(?<=^ +\S+ +)ready(?= +since)|(?<= s {2}.*)ready$/, 'good'],
  [/(?<=^phase: )degraded|(?<=^ +\S+ +)failed(?= +since)/, 'bad'],
  [/(?<=^ +\S+ +)disabled(?= +since)/, 'dim'],
  [/^ *…$/, 'dim'],
]

/** @param title what the picture shows, for those who cannot see it */
export function terminalPicture(text: string, title: string): string {
  const lines = text.trimEnd().split('\n').flatMap(wrapped)
  const width = Math.ceil(columns * cell.width) + 2 * margin
  const height = bar + lines.length * cell.height + 2 * margin
  const drawn = lines.map((line, row) => `  ${drawnLine(line, bar + margin + (row + 1) * cell.height - 5)}\n`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${cell.fontSize}">
  <title>${escaped(title)}</title>
  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.background}" stroke="${colours.border}"/>
${[0, 1, 2].map((dot) => `  <circle cx="${margin + 6 + dot * 18}" cy="${bar / 2 + 4}" r="5" fill="${colours.border}"/>\n`).join('')}${drawn.filter((line) => line.trim() !== '').join('')}</svg>
`
}

function drawnLine(line: string, y: number): string {
  if (line === '') return ''
  const spans = coloured(line).map(
    ({ text, colour }) => `<tspan fill="${colours[colour]}">${escaped(text)}</tspan>`,
  )
  const length = (line.length * cell.width).toFixed(1)
  return `<text x="${margin}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${spans.join('')}</text>`
}

function coloured(line: string): Span[] {
  for (const [pattern, colour] of rules) {
    const found = pattern.exec(line)
    if (found === null) continue
    const [text] = found
    const spans: Span[] = [
      { text: line.slice(0, found.index), colour: 'plain' },
      { text, colour },
      { text: line.slice(found.index + text.length), colour: 'plain' },
    ]
    return spans.filter((span) => span.text !== '')
  }
  return [{ text: line, colour: 'plain' }]
}

/** At a blank where there is one; what follows stands two columns further in than the last column of the line. */
function wrapped(line: string): string[] {
  if (line.length <= columns) return [line]
  const indent = /^.*? {2,}(?=\S(?!.*\S {2,}))|^ */.exec(line)?.[0].length ?? 0
  const blank = line.lastIndexOf(' ', columns)
  const end = blank > indent ? blank : columns
  return [line.slice(0, end), ...wrapped(`${' '.repeat(indent + 2)}${line.slice(end).trimStart()}`)]
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Each picture, by its path in the repository. */
export async function pictures(): Promise<Map<string, string>> {
  const root = new URL('../', import.meta.url)
  const drawn = new Map<string, string>()
  for await (const path of glob('docs/images/*.txt', { cwd: root })) {
    const text = await readFile(new URL(path, root), 'utf8')
    const commands = text.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
    drawn.set(path.replace(/txt$/, 'svg'), terminalPicture(text, `A terminal: ${commands.join(', ')}`))
  }
  return drawn
}

if (import.meta.main) {
  for (const [path, picture] of await pictures()) {
    await writeFile(new URL(`../${path}`, import.meta.url), picture)
  }
}
