import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lex } from './lexer.ts'
import { lineOfPosition, splitStatements } from './statements.ts'

/** Pieces that tempt a lexer; each one is a whole token or several, and none ends a statement. */
const piece = fc.oneof(
  fc.constantFrom(
    "'a;b'",
    "'it''s; fine'",
    String.raw`'\'`,
    String.raw`E'\';'`,
    String.raw`e'\\'`,
    "E'a'\n'b\\';c'",
    "E'a' -- c;'\n  'd\\''",
    "U&'d;e'",
    "b'01;'",
    'x$y$z',
    '$$;$$',
    "$a$ $b$; ' $b$ ; $a$",
    '$ä$;"$ä$',
    '"a;""b"',
    'U&"c;"',
    "-- c; '\n",
    '/* a; /* b; */ " */',
    '/**/',
    '(1; 2)',
    '$1 - $2',
    '1$$;$$',
    'a::text',
    'x.y[1:2]',
    '1.5e3',
    "5e'\\';'",
    '- -',
    '@-@',
    '🙂',
    '\r\n',
  ),
  fc.stringMatching(/^[a-z ]{1,5}$/),
)
/** Commas, because strings with only a line break between them would be one. */
const statementText = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((pieces) => `x ${pieces.join(' , ')} y`)

const tempting = '\'"$;-/*\\eEuU&aä_1 \n\r(🙂'

describe('the lexer', () => {
  it('puts every byte of any text into exactly one token', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...Array.from(tempting)) })
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string(), statementText), (sql) => {
        const tokens = lex(sql)
        expect(tokens.map(({ start, end }) => sql.slice(start, end)).join('')).toBe(sql)
        expect(tokens.every(({ start, end }) => end > start)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('splits at exactly the semicolons between statements', () => {
    fc.assert(
      fc.property(fc.array(statementText, { maxLength: 5 }), fc.boolean(), (texts, last) => {
        const { statements, faults } = splitStatements(texts.join(' ;\n') + (last ? ';' : ''))
        expect(statements.map(({ text }) => text)).toEqual(texts)
        expect(faults).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('gives back the file from its statements and what lies between them', () => {
    fc.assert(
      fc.property(fc.array(statementText, { maxLength: 4 }), (texts) => {
        const sql = texts.map((text) => `\n-- before\n${text};`).join('')
        const { statements } = splitStatements(sql)
        let at = 0
        const joined = statements.map(({ text, start }) => {
          const between = sql.slice(at, start)
          at = start + text.length
          return between + text
        })
        expect(joined.join('') + sql.slice(at)).toBe(sql)
      }),
    )
  })

  it.each([
    ["a 'b", 'a string starts here and is never closed'],
    ["E'a\\'", 'a string starts here and is never closed'],
    ['DO $x$ BEGIN END $y$', 'a string starts here with $x$ and is never closed'],
    ['"b', 'a quoted name starts here and is never closed'],
    ['/* /* */', 'a comment starts here with /* and is never closed'],
  ])('says where %j is left open', (sql, text) => {
    expect(splitStatements(`SELECT 1;\n\n${sql}`).faults).toEqual([{ line: 3, text }])
  })

  it.each(['\\set x 1\n', 'SELECT 1;\n  \\gexec\n', 'SELECT 1 \\g\n'])(
    'refuses the psql command in %j',
    (sql) => {
      expect(splitStatements(sql).faults[0]?.text).toContain('psql commands cannot be used')
    },
  )

  it('does not mind a backslash in strings and comments', () => {
    expect(splitStatements("SELECT '\\x'; -- \\n\n/* \\ */ SELECT $$\\$$").faults).toEqual([])
  })

  it('reads a string of a million quotes in no time', () => {
    expect(lex(`'${"''".repeat(1_000_000)}'`)).toHaveLength(1)
    expect(lex(`E'a' ${'-- '.repeat(100_000)}`).length).toBeLessThan(5)
  })
})

describe('the place of a statement', () => {
  it('is the line of its first word, comments before it left out', () => {
    const { statements } = splitStatements('-- a\n\nSELECT 1;\r\n/* b\n */ SELECT\n2; SELECT 3')
    expect(statements.map(({ line, text }) => [line, text])).toEqual([
      [3, 'SELECT 1'],
      [5, 'SELECT\n2'],
      [6, 'SELECT 3'],
    ])
  })

  it('counts characters as the server does, not halves of them', () => {
    const [statement] = splitStatements("\nSELECT '🙂🙂',\n  nonsense").statements
    if (statement === undefined) throw new Error('no statement')
    // The server says 17 for the n of nonsense: each emoji is one character.
    expect(lineOfPosition(statement, 15)).toBe(3)
    expect(lineOfPosition(statement, 12)).toBe(2)
  })
})
