/**
 * Finds the records in a block of a csv log: every one, or the selected ones alone. What is not selected is passed over
 * by the search of the needles, which is native code, so its speed does not depend on the compilers that the image
 * runs Node without (docs/decisions/0001). Pure.
 */
import { headerAt, longestHeader, maybeTime, type Layout } from './csv-layout.ts'
import { isWanted } from './selection.ts'
import type { Block, OpenRecord, Span, Split } from './split.ts'

const newline = 10

interface Cut extends Split {
  readonly spans: Span[]
}

/** Every record, and every line that belongs to none. */
export function splitEvery(block: Block): Split {
  const { bytes, isLineStart, layout } = block
  const begun = rest(block)
  if (begun.open !== undefined) return begun
  const spans = [...begun.spans]
  let at = begun.used
  // The end of a record whose beginning was passed over.
  if (at === 0 && !isLineStart) at = bytes.indexOf(newline) + 1 || bytes.length
  while (at < bytes.length) {
    const end = maybeTime(bytes, at) ? endOfRecord(bytes, at, layout) : indexOrUndefined(bytes, at)
    if (end === undefined) return last(block, spans, at)
    if (end > at) spans.push({ start: at, end })
    at = end + 1
  }
  return { spans, used: at }
}

/** The records that are wanted by default. */
export function splitSelected(block: Block): Split {
  const { bytes, isLineStart, layout } = block
  const begun = rest(block)
  if (begun.open !== undefined) return begun
  const spans = [...begun.spans]
  let at = begun.used
  for (const place of places(bytes, at, layout)) {
    if (place < at) continue
    const start = startOf(block, { place, from: at, isLineStart: at > 0 || isLineStart })
    if (start === undefined) continue
    const end = endOfRecord(bytes, start, layout)
    if (end === undefined) return last(block, spans, start)
    spans.push({ start, end })
    at = end + 1
  }
  return { spans, used: Math.max(at, passedOver(block)) }
}

/** What is left of a record of which parts were taken. */
function rest({ bytes, open, layout, isFinal, isFull }: Block): Cut {
  if (open === undefined) return { spans: [], used: 0 }
  const { severity } = open
  const end = endOfRecord(bytes, 0, layout, open.quotes) ?? (isFinal ? bytes.length : undefined)
  if (end !== undefined)
    return { spans: [{ start: 0, end, severity }], used: Math.min(end + 1, bytes.length) }
  return isFull ? part(bytes, 0, open) : { spans: [], used: 0, open }
}

/** A record that does not end in the block: the next one begins with it, unless it must be taken as it is. */
function last({ bytes, isFinal, isFull, layout }: Block, spans: Span[], start: number): Cut {
  const severity = headerAt(bytes, start, layout)?.severity
  if (isFinal) return { spans: [...spans, { start, end: bytes.length, severity }], used: bytes.length }
  return isFull && start === 0 ? part(bytes, 0, { quotes: false, severity }) : { spans, used: start }
}

function part(bytes: Buffer, start: number, { quotes, severity }: OpenRecord): Cut {
  const cut = cutBefore(bytes, bytes.length)
  return {
    spans: [{ start, end: cut, continues: true, severity }],
    used: cut,
    open: { quotes: quotes !== hasOddQuotes(bytes, start, cut), severity },
  }
}

/** Where the needles are, in the order of the file. */
function places(bytes: Buffer, from: number, { needles, isServerNeedle }: Layout): Uint32Array {
  const found: number[] = []
  needles.forEach((needle, index) => {
    const isServer = isServerNeedle(index)
    for (let at = bytes.indexOf(needle, from); at !== -1;) {
      found.push(at)
      // Only the first of a line can be in a header; a statement may be full of them.
      const next = isServer ? bytes.indexOf(newline, at) : at + 1
      at = next === -1 ? -1 : bytes.indexOf(needle, next)
    }
  })
  // Sorted by native code, without a call of a function for each pair.
  return Uint32Array.from(found).toSorted()
}

interface Place {
  readonly place: number
  readonly from: number
  readonly isLineStart: boolean
}

/** A name of a user or database may have line ends. */
const mostLineEndsInHeader = 4

/** The start of the wanted record to whose header a needle belongs. */
function startOf({ bytes, layout }: Block, { place, from, isLineStart }: Place): number | undefined {
  let before = place
  const first = Math.max(from - 1, place - longestHeader, 0)
  const near = bytes.subarray(first, place)
  for (let looks = 0; looks < mostLineEndsInHeader; looks++) {
    const found = before > first ? near.lastIndexOf(newline, before - first - 1) : -1
    if (found === -1 && first > 0 && first !== from - 1) return undefined
    const lineEnd = found === -1 ? -1 : first + found
    const start = Math.max(lineEnd + 1, from)
    if (start === 0 && !isLineStart) return undefined
    const header = headerAt(bytes, start, layout)
    if (header !== undefined) return isWanted(header) ? start : undefined
    if (start === from) return undefined
    before = lineEnd
  }
  return undefined
}

/** How much of a block may be forgotten. A last line that is still short may become a header. */
function passedOver({ bytes, isFinal }: Block): number {
  const lineStart = bytes.lastIndexOf(newline) + 1
  return isFinal || bytes.length - lineStart > longestHeader ? bytes.length : lineStart
}

/**
 * The line end after the record that begins at `start`, or undefined if it is not in `bytes`. A record that was cut off
 * ends where the next one begins.
 */
function endOfRecord(bytes: Buffer, start: number, layout: Layout, openQuotes = false): number | undefined {
  let isOpen = openQuotes
  for (let from = start; ;) {
    const end = bytes.indexOf(newline, from)
    if (end === -1) return undefined
    if (hasOddQuotes(bytes, from, end)) isOpen = !isOpen
    if (!isOpen || headerAt(bytes, end + 1, layout) !== undefined) return end
    from = end + 1
  }
}

const evenQuotes = /^[^"]*(?:"[^"]*"[^"]*)*$/

/** A search of native code; counting them would cost a call for each. */
const hasOddQuotes = (bytes: Buffer, from: number, to: number): boolean =>
  !evenQuotes.test(bytes.toString('latin1', from, to))

function indexOrUndefined(bytes: Buffer, from: number): number | undefined {
  const end = bytes.indexOf(newline, from)
  return end === -1 ? undefined : end
}

/** Not in the middle of a character. */
export function cutBefore(bytes: Buffer, end: number): number {
  let cut = end - 1
  while (cut > 1 && end - cut < 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--
  return cut
}
