import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineSplitter, pumpLines } from './lines.ts'

function split(...chunks: (string | Buffer)[]) {
  const splitter = lineSplitter()
  return [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.end()]
}

describe('lineSplitter', () => {
  it('gives whole lines whatever the chunks, and the rest at the end', () => {
    expect(split('a\nb', 'c\n\nd').map((line) => line.text)).toEqual(['a', 'bc', '', 'd'])
  })

  it('drops carriage returns and terminal colours', () => {
    expect(split('\u001B[31mred\u001B[0m\r\n')).toEqual([{ text: 'red' }])
  })

  it.each([
    ['\u001B[1;31mred\u001B[m', 'red'],
    ['\u001B]0;title\u0007a\u001B]8;;http://x\u001B\\b', 'ab'],
    ['\u009B31mred\u0085', 'red'],
    ['\u001B\u001B[31m[31mred', '[31mred'],
    ['a [1] b', 'a [1] b'],
  ])('leaves nothing that a terminal would obey in %j', (text, expected) => {
    expect(split(`${text}\n`).map((line) => line.text)).toEqual([expected])
  })

  it.each(['\u001B]', '\u001B]8;;', '\u001B[', '\u001B', '\u009B0', '\u001B[0;', '\r'])(
    'takes a moment for a mebibyte of %j',
    (piece) => {
      const before = process.cpuUsage()
      split(`${piece.repeat(2 ** 20 / piece.length)}x\n`)
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000)
    },
    60_000,
  )

  it('keeps characters whole that are cut by a chunk', () => {
    const bytes = Buffer.from('привет\n')
    expect(split(bytes.subarray(0, 3), bytes.subarray(3))).toEqual([{ text: 'привет' }])
  })

  it('passes a line beyond one mebibyte on in marked parts and loses nothing', () => {
    const long = 'x'.repeat(2.5 * 1024 * 1024)
    const parts = split(long, '\nnext\n')
    expect(
      parts
        .slice(0, -1)
        .map((part) => part.text)
        .join(''),
    ).toBe(long)
    expect(parts.map((part) => part.continues)).toEqual([true, true, undefined, undefined])
  })

  it('neither loses nor invents a line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme-ascii' })),
        fc.integer({ min: 1, max: 9 }),
        (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
          const chunks = []
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
          expect(split(...chunks).map((line) => line.text)).toEqual(lines)
        },
      ),
    )
  })
})

describe('pumpLines', () => {
  it('reads no further while the log is congested', async () => {
    let read = 0
    const source = new Readable({
      highWaterMark: 1,
      read() {
        read++
        this.push(read > 50 ? null : `line ${read}\n`)
      },
    })
    let congested = true
    let free = () => {}
    const lines: string[] = []
    const done = pumpLines(source, {
      line: (line) => void lines.push(line.text),
      congested: () => congested,
      drained: () => new Promise((resolve) => (free = resolve)),
    })
    // Nothing is to happen: without the wait all fifty lines are read by then.
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(lines.length).toBeLessThan(5)
    congested = false
    free()
    await done
    expect(lines).toHaveLength(50)
  })
})
