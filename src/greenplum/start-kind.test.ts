import { describe, expect, it } from 'vitest'
import { preparedClusterAdopted, serversStarted, startKindAfter, type StartKind } from './start-kind.ts'

const own = (message: string) => ({ tool: 'gp-supervisor', message })
const of = (tool: string) => ({ tool, message: 'Starting' })

describe('the kind of a start', () => {
  it.each([
    [true, of('gpinitsystem'), 'first-gpinitsystem'],
    [true, own(preparedClusterAdopted), 'first-prepared'],
    [false, of('gpstart'), 'later-gpstart'],
    [false, own(serversStarted(3, 512)), 'later-fast'],
  ] satisfies [boolean, object, StartKind][])('first: %s, %o: %s', (isFirst, line, kind) => {
    expect(startKindAfter(isFirst, line)).toBe(kind)
  })

  it.each([
    ['gpstart starts the servers of a first start as well', true, of('gpstart')],
    ['so does a fast start', true, own(serversStarted(3, 512))],
    ['what was not used', true, own('prepared cluster: not used, because there is none')],
    ['what failed', false, own('fast start: failed: no; gpstart starts the servers')],
    ['what another program says', false, { tool: 'gpstop', message: serversStarted(3, 512) }],
    ['a line of no tool', false, { tool: undefined, message: serversStarted(3, 512) }],
  ])('does not follow from %s', (_what, isFirst, line) => {
    expect(startKindAfter(isFirst, line)).toBeUndefined()
  })
})
