import { describe, expect, expectTypeOf, it } from 'vitest'
import { entryOf, topicNames, topicOf, topics, type FindingId } from './catalogue.ts'
import { severities } from './catalogue/entry.ts'
import { finding, isSame, reworded, sentenceOf } from './finding.ts'

const listed = topicNames.flatMap((topic) => Object.keys(topics[topic]) as FindingId[])

describe('the catalogue', () => {
  it('has each id once', () => {
    expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([])
    expect(listed.length).toBeGreaterThan(90)
  })

  it.each(listed)('says of %s what it is and what to do, in whole sentences', (id) => {
    const { title, fix, severities: possible } = entryOf(id)
    expect(title).toMatch(/^[A-Z`].*\.$/)
    expect(fix).toMatch(/^[A-Z`].*[.?]$/)
    expect(possible.every((severity) => severities.includes(severity))).toBe(true)
    expect(topicNames).toContain(topicOf(id))
  })
})

describe('a finding', () => {
  it('has the usual severity of its kind, unless it says another one of them', () => {
    expect(finding('place.disk', { text: 'full' }).severity).toBe('refuse')
    expect(finding('place.disk', { text: 'full', severity: 'warning' }).severity).toBe('warning')
    // @ts-expect-error an id that is not listed does not compile
    expect(() => finding('place.moon', { text: 'full' })).toThrow('severities')
    // @ts-expect-error nor does a severity that this kind never has
    finding('place.disk', { text: 'full', severity: 'note' })
    expectTypeOf(finding('place.disk', { text: '' }).id).toEqualTypeOf<FindingId>()
  })

  it('is one sentence where there is only room for that', () => {
    const full = finding('place.disk', { text: 'a', cause: 'b', fix: 'c' })
    expect(sentenceOf(full)).toBe('a: b; c')
    expect(sentenceOf({ ...full, cause: '', fix: '' })).toBe('a')
  })

  it('is the same as another of its kind about the same thing', () => {
    const one = finding('place.read-only', { text: 'a', where: '/data' })
    expect(isSame(one, { ...one, text: 'b' })).toBe(true)
    expect(isSame(one, { ...one, where: '/data/pxf' })).toBe(false)
  })

  it('can be masked in all its words, and in nothing else', () => {
    const one = finding('seeds.server', { text: 'x', cause: 'x', fix: 'x', where: 'x' })
    expect(reworded(one, () => '***')).toEqual({
      id: 'seeds.server',
      severity: 'error',
      text: '***',
      cause: '***',
      fix: '***',
      where: '***',
    })
  })
})
