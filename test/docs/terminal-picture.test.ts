import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { pictures, terminalPicture } from '../../docs/terminal-picture.ts'

describe('the picture of a terminal', () => {
  it('has every character of the text, in its order', () => {
    const text = '$ gp-supervisor doctor\njdbc\n  error    a <b> & "c"\n           fix: do it\n'
    expect(textOf(terminalPicture(text, 'x'))).toEqual([
      '$ gp-supervisor doctor',
      'jdbc',
      '  error    a <b> & "c"',
      '           fix: do it',
    ])
  })

  it('wraps a long line at a blank, and one without blanks anyway', () => {
    const lines = textOf(terminalPicture(`  ${'word '.repeat(40)}\n${'x'.repeat(150)}`, 'x'))
    expect(lines.every((line) => line.length <= 100)).toBe(true)
    expect(lines[1]).toMatch(/^ {4}word word/)
    expect(lines.slice(-2).map((line) => line.length)).toEqual([100, 52])
  })

  it.each([
    ['  error    gone', '#ff7b72', '  error'],
    ['  warning  soon', '#e3b341', '  warning'],
    ['           fix: do it', '#79c0ff', '           fix:'],
    ['phase: ready (started now)', '#56d364', 'ready'],
    ['  pxf        failed    since now', '#ff7b72', 'failed'],
    ['      3.2 s  ready', '#56d364', 'ready'],
  ])('gives %j a colour', (line, colour, part) => {
    expect(terminalPicture(line, 'x')).toContain(`<tspan fill="${colour}">${part}</tspan>`)
  })

  it('is well-formed and brings its own background, so that it reads on light and dark pages', () => {
    const picture = terminalPicture('a', 'status & doctor')
    expect(picture).toContain('<title>status &amp; doctor</title>')
    expect(picture).toMatch(/<rect [^>]*fill="#161b22"/)
  })
})

describe('the pictures of docs/images/', () => {
  it('are what their texts say; if not, run `npm run docs`', async () => {
    const drawn = await pictures()
    expect(drawn.size).toBeGreaterThan(0)
    for (const [path, picture] of drawn) {
      expect(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(picture)
    }
  })
})

function textOf(picture: string): string[] {
  return [...picture.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, spans = '']) =>
    spans
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  )
}
