/**
 * The timeline of the first and of a later start of each side as a picture (pure). `npm run docs` draws it from the
 * result of a run; a unit test fails when it is stale. Its colours follow the reader's preference, light or dark.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { measured, type Result, type Side } from './statistics.ts'

const width = 760
const labels = 150
const lane = 30
const bar = 18
const top = 34
const right = 90
const gap = 26

const starts = [
  { key: 'first', text: 'first start' },
  { key: 'later', text: 'later start' },
] as const

/** GitHub shows pictures without the page's style, but with the reader's preference. */
const style = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .dim { fill: #59636e; font-size: 12px }
    .before { fill: #d1d9e0 } .database { fill: #54aeff } .mark { stroke: #1a7f37; stroke-width: 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .dim { fill: #9198a1 }
      .before { fill: #3d444d } .database { fill: #1f6feb } .mark { stroke: #3fb950 }
    }`

export function timelinePicture({ sides, base }: Result): string {
  const longest = Math.max(...sides.flatMap((side) => starts.map(({ key }) => secondsOf(side, key, 'all'))))
  const scale = (seconds: number) => labels + (seconds / longest) * (width - labels - right)
  const height = top + starts.length * (sides.length * lane + gap) - gap + 12
  const bodies = starts.map(({ key, text }, index) => {
    const y = top + index * (sides.length * lane + gap)
    const lanes = sides.map((side, row) => laneOf(side, key, { y: y + row * lane + 8, scale }))
    return `  <text class="dim" x="0" y="${y}">${text}</text>\n${lanes.join('')}`
  })
  const title = sides.map((side) => sentenceOf(side)).join('; ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>${escaped(`Seconds from docker start until ready over ${base}: ${title}`)}</title>
  <style>${style}
  </style>
  <rect class="before" x="${labels}" y="4" width="12" height="12"/><text class="dim" x="${labels + 18}" y="14">no query is answered</text>
  <rect class="database" x="${labels + 158}" y="4" width="12" height="12"/><text class="dim" x="${labels + 176}" y="14">the database answers</text>
  <line class="mark" x1="${labels + 326}" x2="${labels + 326}" y1="3" y2="17"/><text class="dim" x="${labels + 334}" y="14">PXF too: ready</text>
${bodies.join('')}</svg>
`
}

interface Place {
  readonly y: number
  readonly scale: (seconds: number) => number
}

function laneOf(side: Side, start: string, { y, scale }: Place): string {
  const all = secondsOf(side, start, 'all')
  if (all === 0) return ''
  const database = Math.min(secondsOf(side, start, 'database'), all)
  const [zero, middle, end] = [scale(0), scale(database), scale(all)].map((x) => Number(x.toFixed(1)))
  const rect = (name: string, from = 0, to = 0) =>
    `<rect class="${name}" x="${from}" y="${y}" width="${Math.max(0, to - from).toFixed(1)}" height="${bar}"/>`
  return `  <text x="0" y="${y + 14}">${escaped(side.name)}</text>
  ${rect('before', zero, middle)}${rect('database', middle, end)}
  <line class="mark" x1="${end}" x2="${end}" y1="${y - 2}" y2="${y + bar + 2}"/><text x="${(end ?? 0) + 8}" y="${y + 14}">${all.toFixed(1)} s</text>
`
}

const secondsOf = (side: Side, start: string, what: string): number =>
  measured(side, `${start}.${what}`)?.median ?? 0

const sentenceOf = (side: Side): string =>
  `${side.name} ${starts.map(({ key, text }) => `${text} ${secondsOf(side, key, 'all').toFixed(1)} s`).join(', ')}`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const folder = new URL('../docs/images/', import.meta.url)

/** What a run wrote with `--json docs/images/timeline.json`, drawn. */
export const drawnTimeline = async (): Promise<string> =>
  timelinePicture(JSON.parse(await readFile(new URL('timeline.json', folder), 'utf8')) as Result)

if (import.meta.main) await writeFile(new URL('timeline.svg', folder), await drawnTimeline())
