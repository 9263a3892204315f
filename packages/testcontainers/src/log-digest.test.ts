import { expect, it } from 'vitest'
import { emptyDigest, withLine } from './log-digest.ts'

const digestOf = (...lines: string[]) => lines.reduce(withLine, emptyDigest)

it('is ready with the line of the supervisor', () => {
  expect(digestOf('{"level":"info","component":"supervisor","seconds":6.1,"msg":"ready"}').isReady).toBe(true)
})

it('is not ready because of a line of the server, or of text in another field', () => {
  const lines = [
    '{"level":"info","component":"gpdb","msg":"ready"}',
    '{"level":"info","component":"supervisor","msg":"component changed","to":"ready"}',
    'ready',
    '{"component":"supervisor","msg":"ready"',
  ]
  expect(digestOf(...lines).isReady).toBe(false)
})

it('leaves out the errors of the server, which may be harmless', () => {
  const line =
    '{"level":"error","component":"gpdb","severity":"FATAL","msg":"the database system is starting up"}'
  expect(digestOf(line)).toEqual(emptyDigest)
})

it('keeps a bounded number of lines, the latest', () => {
  const { plain } = digestOf(...Array.from({ length: 1000 }, (_, index) => `line ${index}`))
  expect(plain).toHaveLength(20)
  expect(plain.at(-1)).toBe('line 999')
})
