import { describe, expect, it } from 'vitest'
import { classifyLine } from './output.ts'
import { foldPolls } from './polls.ts'

const pxf = (attempt: number) => `PXF not responding, re-trying after 1 second (attempt number ${attempt})`

/** What becomes of the lines, of which one comes each second. */
function folded(lines: readonly string[], end = true): string[] {
  const said: string[] = []
  let second = 0
  const polls = foldPolls(
    ({ message, fields }) =>
      said.push(
        message === 'repeated'
          ? `${String(fields['line'])}: ${String(fields['count'])} in ${String(fields['seconds'])} s`
          : message,
      ),
    () => second++ * 1000,
  )
  for (const line of lines) polls.log(classifyLine(line))
  if (end) polls.end()
  return said
}

describe('polls of a tool', () => {
  it('are a line when they begin, and one with their number when they end', () => {
    expect(folded(['Checking', pxf(10), pxf(11), pxf(12), 'PXF started'])).toEqual([
      'Checking',
      pxf(10),
      `${pxf(10)}: 3 in 2 s`,
      'PXF started',
    ])
  })

  it('are a line when they begin, even if they never end', () => {
    expect(folded([pxf(10), pxf(11)], false)).toEqual([pxf(10)])
  })

  it('have their number even if the tool ends in the middle', () => {
    expect(folded(['.', '..', '.'])).toEqual(['.', '.: 3 in 2 s'])
  })

  it('stay in order with what is in between, and with each other', () => {
    expect(folded(['.', '.', 'WARN - slow', '.', '.', pxf(10), '.'])).toEqual([
      '.',
      '.: 2 in 1 s',
      'slow',
      '.',
      '.: 2 in 1 s',
      pxf(10),
      '.',
    ])
  })

  it('are only those that are known', () => {
    const others = ['again', 'again', 'again', '. .', '. .', '', '', `${pxf(10)}!`, `${pxf(10)}!`]
    expect(folded(others)).toEqual(others)
  })
})
