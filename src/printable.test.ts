import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { printable, printableName, shellWord } from './printable.ts'

const hostile = 'z\u001B]0;owned\u0007\u001B[2J\n  fix: run it\u009Bx\u007F\r'

it('leaves nothing in a text that steers a terminal, and keeps its lines', () => {
  expect(printable(hostile)).toBe('z?]0;owned??[2J\n  fix: run it?x??')
  expect(printable('plain\tтекст …\n')).toBe('plain\tтекст …\n')
})

it('makes of a name one line', () => {
  expect(printableName(hostile)).toBe('z?]0;owned??[2J?  fix: run it?x??')
  expect(printableName('x'.repeat(500))).toHaveLength(100)
})

it.each(['/data/pxf/servers/db/jdbc-site.xml', "y'; echo hi; '", '$(touch PWNED)', 'a b`c`"d"', 'ä\\'])(
  'makes of %s one word for a shell',
  (word) => {
    const said = execFileSync('bash', ['-c', `printf '%s\\n' ${shellWord(word)} end`], { encoding: 'utf8' })
    expect(said).toBe(`${word}\nend\n`)
  },
)
