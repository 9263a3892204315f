import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SupervisorError } from '../errors.ts'
import { letsClientsIn, withHbaRule, type HbaRule } from './rule.ts'

const trust: HbaRule = { user: 'gpadmin', method: 'trust' }
const md5: HbaRule = { user: 'gpadmin', method: 'md5' }
const ours = 'host all gpadmin samehost trust'
const anyone = 'host all all 0.0.0.0/0 md5'

describe('withHbaRule on whole files', async () => {
  const golden = join(import.meta.dirname, 'golden')
  const names = (await readdir(golden)).filter((name) => /^[^.]+\.conf$/.test(name))

  it.each(names)('puts the rule into %s as the file beside it shows', async (name) => {
    const text = await readFile(join(golden, name), 'utf8')
    const result = withHbaRule(text, trust)
    await expect(result).toMatchFileSnapshot(join(golden, name.replace('.conf', '.with-rule.conf')))
    expect(withHbaRule(result, trust)).toBe(result)
  })
})

describe('withHbaRule', () => {
  it.each([
    ['an empty file', '', `${ours}\n`],
    ['comments only', '# a\n\n', `# a\n\n${ours}\n`],
    ['a last line without its end', '# a', `${ours}\n# a`],
    ['a catching last line without its end', `# a\n${anyone}`, `# a\n${ours}\n${anyone}`],
    ['CRLF', `# a\r\n${anyone}\r\n`, `# a\r\n${ours}\r\n${anyone}\r\n`],
    ['CRLF with one line', `${anyone}\r\n`, `${ours}\r\n${anyone}\r\n`],
    ['CRLF without a last line end', `# a\r\n${anyone}`, `# a\r\n${ours}\r\n${anyone}`],
    ['a byte order mark', `\uFEFF${anyone}\n`, `\uFEFF${ours}\n${anyone}\n`],
    ['a byte order mark read as latin1', `\u00EF\u00BB\u00BF# a\n`, `\u00EF\u00BB\u00BF# a\n${ours}\n`],
    ['a file that ends within a line', '# a\n# b \\\n', `# a\n${ours}\n# b \\\n`],
    ['a comment that is continued', `# a \\\nb\n${anyone}\n`, `# a \\\nb\n${ours}\n${anyone}\n`],
    // To Greenplum 6 the second line is a rule: no continuation before PostgreSQL 14.
    ['a rule behind a comment with a backslash', `# a \\\n${anyone}\n`, `${ours}\n# a \\\n${anyone}\n`],
    [
      'a file that ends in a line with a NUL',
      'local all all peer\n#\0\n',
      `local all all peer\n${ours}\n#\0\n`,
    ],
    [
      'a line that a NUL joins to the next',
      `local all\0x\n all peer\n`,
      `local all\0x\n all peer\n${ours}\n`,
    ],
    ['two backslashes and an empty line', `# a\\\\\n\n${anyone}\n`, `# a\\\\\n\n${ours}\n${anyone}\n`],
  ])('inserts one line into %s', (_, text, expected) => {
    expect(withHbaRule(text, trust)).toBe(expected)
  })

  it.each([
    'host all all 0.0.0.0/0 md5',
    'host\tall\tall\tall\treject',
    '  host all gpadmin 127.0.0.1/32 trust # comment',
    'host all "gpadmin" 0.0.0.0/0 md5',
    'host all a,gpadmin 0.0.0.0/0 md5',
    'host all a,,gpadmin 0.0.0.0/0 md5',
    'host a, b, c all 0.0.0.0/0 md5',
    'host all gp"adm"in 0.0.0.0/0 md5',
    'host all a"l"l 0.0.0.0/0 md5',
    'host all +admins 0.0.0.0/0 md5',
    'host all @admins 0.0.0.0/0 md5',
    'host all @"the admins" 0.0.0.0/0 md5',
    'host all /^gp 0.0.0.0/0 md5',
    'host all "/^gp" 0.0.0.0/0 md5',
    'host @databases all 0.0.0.0/0 md5',
    'host @nothing db gpadmin 0.0.0.0/0 md5',
    '@types all all 0.0.0.0/0 md5',
    'host "replication" all 0.0.0.0/0 md5',
    'host replication,all all 0.0.0.0/0 md5',
    'host sameuser all 0.0.0.0/0 md5',
    'hostssl all all 0.0.0.0/0 cert',
    'hostnossl all all 0.0.0.0/0 reject',
    'hostgssenc all all 0.0.0.0/0 gss',
    'hostnogssenc all all 0.0.0.0/0 md5',
    '"host" all all 0.0.0.0/0 md5',
    'include other.conf',
    'include_if_exists other.conf',
    'include_dir hba.d',
    'host all gpadmin samenet trust',
    'host all gpadmin samehost ldap ldapserver=x',
    'host all gpadmin,other samehost trust',
    'hostssl all gpadmin samehost trust',
    'host "all" gpadmin samehost trust',
    'host all \\\n all 0.0.0.0/0 md5',
    'host all gpadmin \\\n samehost trust',
  ])('goes before: %s', (line) => {
    expect(withHbaRule(`${line}\n`, trust)).toBe(`${ours}\n${line}\n`)
  })

  it.each([
    'local all all trust',
    'host all "all" 0.0.0.0/0 md5',
    'host all GPADMIN 0.0.0.0/0 md5',
    'host all gpadmin2,"gp admin" 0.0.0.0/0 md5',
    'host all "+gpadmin" 0.0.0.0/0 md5',
    'host all "@admins" 0.0.0.0/0 md5',
    'host all @ 0.0.0.0/0 md5',
    'host replication all 0.0.0.0/0 md5',
    'host replication, replication gpadmin 0.0.0.0/0 md5',
    'HOST all all 0.0.0.0/0 md5',
    // A blank before the comma ends the field: gpadmin stands where the address should be.
    'host all a , gpadmin 0.0.0.0/0 md5',
    'host all',
    '# host all all 0.0.0.0/0 md5',
    'local all "#" \\\n peer',
    '# old Mac line ends\rhost all all 0.0.0.0/0 md5',
  ])('need not go before: %s', (line) => {
    expect(withHbaRule(`${line}\n`, trust)).toBe(`${line}\n${ours}\n`)
  })

  it.each([
    `${ours}\n`,
    `local all all peer\n  host\tall "gpadmin"  samehost\t"trust" # mine\r\n${anyone}`,
    ours,
    `host replication all all md5\n${ours}\n${anyone}\n`,
  ])('returns the very same text when the rule stands in its place: %j', (text) => {
    expect(withHbaRule(text, trust)).toBe(text)
  })

  it('changes another method in its place, blanks and comment kept', () => {
    expect(withHbaRule(`host\tall gpadmin  samehost trust # mine\n${anyone}\n`, md5)).toBe(
      `host\tall gpadmin  samehost md5 # mine\n${anyone}\n`,
    )
  })

  it('moves a rule that stands too late, with its comment', () => {
    expect(withHbaRule(`# a\n${anyone}\nhost  all gpadmin samehost md5 # mine`, trust)).toBe(
      `# a\nhost  all gpadmin samehost trust # mine\n${anyone}\n`,
    )
  })

  it('removes duplicates, whatever their method', () => {
    expect(withHbaRule(`${ours}\n# a\nhost all gpadmin samehost md5\n${anyone}\n${ours}\n`, trust)).toBe(
      `${ours}\n# a\n${anyone}\n`,
    )
  })

  it('does not rely on a rule that newer servers read as part of a comment', () => {
    expect(withHbaRule(`# a \\\n${ours}\n`, trust)).toBe(`${ours}\n# a \\\n${ours}\n`)
  })

  it.each([
    ['all', 'host all "all" samehost trust'],
    ['gp admin', 'host all "gp admin" samehost trust'],
    ['a"b', 'host all "a""b" samehost trust'],
    ['+dba', 'host all "+dba" samehost trust'],
    ['@dba', 'host all "@dba" samehost trust'],
    ['a,b', 'host all "a,b" samehost trust'],
    ['a#b', 'host all "a#b" samehost trust'],
    ['админ', 'host all "админ" samehost trust'],
    ['gp-admin_1$', 'host all gp-admin_1$ samehost trust'],
  ])('writes the user %s so that it means this name alone', (user, line) => {
    expect(withHbaRule('', { user, method: 'trust' })).toBe(`${line}\n`)
    expect(withHbaRule(`${line}\n`, { user, method: 'trust' })).toBe(`${line}\n`)
  })

  it.each(['', '/gp', 'a\nb', 'a\0'])('refuses the user %j, which no line can name', (user) => {
    expect(() => withHbaRule('', { user, method: 'trust' })).toThrow(SupervisorError)
  })
})

/** Lines whose meaning is known beforehand, so that the judge is not the code under test. */
const catchingLine = fc.constantFrom(
  anyone,
  'hostssl\tall\tall\tsamenet\tmd5',
  'host all a, "gpadmin" 10.0.0.0/8 reject # x',
  'host db +staff all md5',
  'host all @users all md5',
  'host all /.* all md5',
  'include x.conf',
  'host db \\\n gpadmin all md5',
)
const harmlessLine = fc.constantFrom(
  '',
  '# comment',
  '# host all all 0.0.0.0/0 md5',
  'local all all peer',
  'host replication all all md5',
  'host all "all",GpAdmin all md5',
  '# a \\\n b',
)
const ownLine = fc.constantFrom(
  ours,
  'host all gpadmin samehost md5',
  ' host  all "gpadmin"\tsamehost trust #',
)
const lineEnd = fc.constantFrom('\n', '\r\n')
const knownFile = fc
  .tuple(fc.array(fc.tuple(fc.oneof(catchingLine, harmlessLine, ownLine), lineEnd)), fc.boolean())
  .map(([lines, whole]) => {
    const text = lines.map(([line, end]) => line.replaceAll('\n', end) + end).join('')
    return whole ? text : text.replace(/\r?\n$/, '')
  })
const anyFile = fc.oneof(
  knownFile,
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'host',
        ' ',
        '\t',
        'all',
        'gpadmin',
        'samehost',
        'trust',
        'md5',
        ',',
        '"',
        '\\',
        '\n',
        '\r\n',
        '#',
        '\0',
        '@',
        '+',
        '/',
        'replication',
        '\uFEFF',
        ours,
        '0.0.0.0/0',
      ),
    )
    .map((parts) => parts.join('')),
)
const anyRule = fc.record({
  user: fc.constantFrom('gpadmin', 'all', 'a"b', 'a b'),
  method: fc.constantFrom<HbaRule['method']>('trust', 'md5'),
})
const runs = { numRuns: 3000 }

describe('withHbaRule, whatever the text', () => {
  it('applied twice is the same as once', () => {
    fc.assert(
      fc.property(anyFile, anyRule, (text, rule) => {
        const once = withHbaRule(text, rule)
        expect(withHbaRule(once, rule)).toBe(once)
      }),
      runs,
    )
  })

  it('only inserts: without the line, the original bytes are back', () => {
    fc.assert(
      fc.property(anyFile, (text) => {
        const user = 'someone else'
        fc.pre(!text.includes(user))
        const result = withHbaRule(text, { user, method: 'trust' })
        expect(result.split(/host all "someone else" samehost trust\r?\n/)).toHaveLength(2)
        expect(result.replace(/host all "someone else" samehost trust\r?\n/, '')).toBe(text)
      }),
      runs,
    )
  })

  it('keeps every other line of a file, in its order', () => {
    const others = (text: string) => text.split(/\r?\n/).filter((line) => !/gpadmin"?\s+samehost/.test(line))
    const nonEmpty = (text: string) => others(text).filter((line) => line !== '')
    fc.assert(
      fc.property(knownFile, (text) => {
        expect(nonEmpty(withHbaRule(text, trust))).toEqual(nonEmpty(text))
      }),
      runs,
    )
  })

  it('has the rule exactly once, before every line that could catch the connection', () => {
    const isOurs = (line: string) => /^\s*host\s+all\s+"?gpadmin"?\s+samehost\s+trust\b/.test(line)
    const catching = /^\s*(include|host(ssl)?\s+(?!replication)\S+\s+(?!"all"))/
    fc.assert(
      fc.property(knownFile, (text) => {
        const lines = withHbaRule(text, trust).split(/\r?\n/)
        const at = lines.findIndex(isOurs)
        expect(lines.filter((line) => /gpadmin"?\s+samehost/.test(line))).toHaveLength(1)
        const first = lines.findIndex((line) => catching.test(line) && !isOurs(line))
        expect(at).toBeGreaterThanOrEqual(0)
        expect(first === -1 || at < first).toBe(true)
      }),
      runs,
    )
  })
})

describe('a file of half a megabyte', () => {
  it.each(['a\\\n', '#\\\n', 'a\0\n', '\r', 'host \\\r\n'])(
    'of %j is read in a moment',
    (line) => {
      const before = process.cpuUsage()
      withHbaRule(`${line.repeat(2 ** 19 / line.length)}x`, trust)
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000)
    },
    60_000,
  )
})

describe('letsClientsIn', () => {
  it('knows the rule that the start script appends once the cluster is whole, and no other', () => {
    const byGpinitsystem = 'local all gpadmin ident\nhost all gpadmin 127.0.0.1/28 trust\n'
    expect(letsClientsIn(byGpinitsystem)).toBe(false)
    expect(letsClientsIn(`${byGpinitsystem}# ${anyone}\nhost all gpadmin 0.0.0.0/0 md5\n`)).toBe(false)
    expect(letsClientsIn(`${byGpinitsystem}${anyone}\nhost all all ::0/0 md5\n`)).toBe(true)
  })
})
