import { describe, expect, it } from 'vitest'
import { layoutOf } from './csv-layout.ts'
import { parseJavaRecord, splitJavaLog, splitJavaWarnings } from './java-log.ts'
import type { OpenRecord, Splitter } from './split.ts'

it.each(['', ' UTC', ' MSK', ' GMT+04:00'])(
  'a record has the zone of its time as Java names it: "%s"',
  (zone) => {
    const at = `2026-11-27 03:14:15.123${zone}`
    expect(parseJavaRecord(`${at}  WARN [:   ] 1 --- [main     ] a.B : slow`)).toEqual({
      component: 'pxf',
      level: 'warn',
      message: 'slow',
      fields: { at, process: '1', thread: 'main', logger: 'a.B' },
    })
  },
)

describe('a record of more than a mebibyte', () => {
  const begin = '2026-11-27 03:14:15.123 UTC ERROR [:] 1 --- [main] a.B : wrong\n'
  const next = '2026-11-27 03:14:16.123 UTC  INFO [:] 1 --- [main] a.B : well\n'
  const lines = Array.from({ length: 60_000 }, (_, n) => `\tat ${n} of жук 😀`).join('\n')

  /** Reads a file in blocks of 256 KiB, larger ones where a record does not fit, as the follower does. */
  function read(text: string, split: Splitter) {
    const file = Buffer.from(text)
    const parts: { text: string; continues: boolean; severity: string | undefined }[] = []
    let [offset, length] = [0, 256 * 1024]
    let open: OpenRecord | undefined
    while (offset < file.length) {
      const bytes = file.subarray(offset, offset + length)
      const isRest = offset + bytes.length === file.length
      const found = split({
        bytes,
        layout: layoutOf(Buffer.alloc(0)),
        isLineStart: offset === 0 || file[offset - 1] === 10,
        isFinal: isRest,
        isQuiet: isRest,
        isFull: !isRest && length === 1024 * 1024,
        ...(open === undefined ? {} : { open }),
      })
      for (const { start, end, continues, severity } of found.spans)
        parts.push({ text: bytes.toString('utf8', start, end), continues: continues === true, severity })
      offset += found.used
      open = found.open
      length = found.used === 0 ? 1024 * 1024 : 256 * 1024
    }
    return parts
  }

  it.each([
    ['of many lines', lines],
    ['of one line', 'жук 😀'.repeat(200_000)],
  ])('%s comes in parts with its level, and nothing is left out', (_what, stack) => {
    for (const split of [splitJavaLog, splitJavaWarnings]) {
      const parts = read(`${begin}${stack}\n${next}`, split)
      const own = parts.filter(({ text }) => !text.includes(': well'))
      expect(own.length).toBeGreaterThan(1)
      expect(
        own
          .map(({ text }) => text)
          .join('')
          .replaceAll('\n', ''),
      ).toBe(`${begin}${stack}`.replaceAll('\n', ''))
      expect(own.slice(0, -1).every(({ continues }) => continues)).toBe(true)
      expect(own.at(-1)?.continues).toBe(false)
      expect(own.slice(1).map(({ severity }) => severity)).toEqual(own.slice(1).map(() => 'ERROR'))
      expect(parts.length - own.length).toBe(split === splitJavaLog ? 1 : 0)
    }
  })
})
