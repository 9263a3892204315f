import { expect, it } from 'vitest'
import { createBoard } from './board.ts'

it('the timeline of a long run keeps its beginning, its latest events, and every phase', () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {}, relay() {} }
  const mask = Object.assign((text: string) => text, { mayChange: () => false })
  const board = createBoard({
    components: {},
    counters: [],
    logger,
    mask,
    onComponentChange: () => {},
    onChange: () => {},
    startedAtMs: performance.now(),
  })
  const names = () => board.snapshot({ phase: 'degraded' } as never).timeline.map(({ event }) => event)
  for (let n = 0; n < 150; n++) board.mark(`a ${n}`)
  for (const phase of ['ready', 'degraded']) board.mark(phase)
  for (let n = 0; n < 400; n++) board.mark(`b ${n}`)
  expect(names()).toHaveLength(200)
  expect(names().slice(0, 2)).toEqual(['a 0', 'a 1'])
  expect(names().at(-1)).toBe('b 399')
  expect(names().filter((name) => !/^[ab] /.test(name))).toEqual(['ready', 'degraded'])
})
