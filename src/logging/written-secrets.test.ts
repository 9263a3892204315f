import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withoutWrittenSecrets } from './written-secrets.ts'

describe('a password in a URL', () => {
  it.each([
    ['jdbc:postgre://db/demo?user=u&password=hunter2', 'jdbc:postgre://db/demo?user=u&password=***'],
    ['jdbc:x://db/demo?PASSWORD=hunter2&ssl=true is bad', 'jdbc:x://db/demo?PASSWORD=***&ssl=true is bad'],
    ['jdbc:sqlserver://db;pwd=hunter2;user=u', 'jdbc:sqlserver://db;pwd=***;user=u'],
    ['sslpassword=a&pass=b', 'sslpassword=***&pass=***'],
    ['password=hun;ter&2 user=u', 'password=*** user=u'],
    ['the password of a user', 'the password of a user'],
    ['postgres://u:hunter2@db/demo', 'postgres://u:***@db/demo'],
    ['postgres://u:hun@ter/2?@db:5432/demo and more', 'postgres://u:***@db:5432/demo and more'],
    ['http://db:8080/a?b=c@d', 'http://db:8080/a?b=c@d'],
    ['gpfdist://db:8080/a.txt, http://u:p@x', 'gpfdist://db:8080/a.txt, http://u:***@x'],
  ])('is masked: %s', (text, expected) => {
    expect(withoutWrittenSecrets(text)).toBe(expected)
  })
})

describe('a password in a statement', () => {
  it.each([
    ["CREATE ROLE bob PASSWORD 'hunter2xyz' LOGIN", "CREATE ROLE bob PASSWORD '***' LOGIN"],
    [
      "alter user \"B\" with encrypted password 'a''hunter2'",
      'alter user "B" with encrypted password \'***\'',
    ],
    [String.raw`ALTER ROLE b PASSWORD E'a\'hunter2' x`, "ALTER ROLE b PASSWORD E'***' x"],
    [String.raw`PASSWORD 'a\''hunter2' x`, "PASSWORD '***' x"],
    ["PASSWORD U&'hunter2\\0041' x", "PASSWORD U&'***' x"],
    ["PASSWORD'hunter2' x", "PASSWORD'***' x"],
    ["PASSWORD '''a''hunter2' x", "PASSWORD '''***' x"],
    ['PASSWORD $$hunter2$$ x', 'PASSWORD $$***$$ x'],
    ["PASSWORD $a$hunt'er$$2$a$ x", 'PASSWORD $a$***$a$ x'],
    ["PASSWORD 'hun\nter2' x", "PASSWORD '***' x"],
    ["PASSWORD 'a' -- b\n  'hunter2' x", "PASSWORD '***' x"],
    ["PASSWORD /* a */ -- b\n 'hunter2' x", "PASSWORD /* a */ -- b\n '***' x"],
    ["PASSWORD 'hunter2 is cut of", "PASSWORD '***"],
    ['PASSWORD $a$hunter2 is cut of', 'PASSWORD $a$***'],
    ["IDENTIFIED  BY 'hunter2'", "IDENTIFIED  BY '***'"],
    ["OPTIONS (user 'u', password 'hunter2')", "OPTIONS (user 'u', password '***')"],
    ['OPTIONS (SET "password" \'hunter2\')', 'OPTIONS (SET "password" \'***\')'],
    ["dblink_connect('host=x password=hunter2 user=y')", "dblink_connect('host=x password=*** user=y')"],
    ["dblink('host=x password=''hun ter2'' user=y')", "dblink('host=x password=''***'' user=y')"],
    ["EXECUTE 'ALTER ROLE x PASSWORD ''hunter2'''", "EXECUTE 'ALTER ROLE x PASSWORD ''***'''"],
    ["set_config('app.password', 'hunter2', false)", "set_config('app.password', '***', false)"],
    ["SET app.password TO 'hunter2'", "SET app.password TO '***'"],
    ["UPDATE t SET password = 'hunter2'", "UPDATE t SET password = '***'"],
    ['ALTER ROLE bob PASSWORD hunter2;', 'ALTER ROLE bob PASSWORD ***;'],
    ['ALTER ROLE bob PASSWORD "hunter2";', 'ALTER ROLE bob PASSWORD "***";'],
    ['{"user":"u","password":"hunter2"}', '{"user":"u","password":"***"}'],
    ["a PASSWORD 'one' b PASSWORD 'two' c", "a PASSWORD '***' b PASSWORD '***' c"],
  ])('is masked: %s', (text, expected) => {
    expect(withoutWrittenSecrets(text)).toBe(expected)
    expect(withoutWrittenSecrets(expected)).toBe(expected)
  })

  it.each([
    'ALTER ROLE bob PASSWORD NULL',
    'ALTER ROLE bob PASSWORD $1',
    "ALTER ROLE gpadmin PASSWORD '…'",
    'password authentication failed for user "bob"',
    "the password of 'bob'",
    "SELECT 'enter password', name",
    'WHERE password = $1 AND name = $2',
    'GREENPLUM_PASSWORD is not set; set it, or GREENPLUM_PASSWORD_FILE',
    "COMMENT ON COLUMN t.password IS 'of the user'",
    'see https://example.com/a/b',
  ])('is not seen where there is none: %s', (text) => {
    expect(withoutWrittenSecrets(text)).toBe(text)
  })

  it('is masked whatever it is, in every way to quote it', () => {
    const quotings: readonly ((secret: string) => string)[] = [
      (secret) => `'${secret.replaceAll("'", "''")}'`,
      (secret) => `E'${secret.replaceAll(/['\\]/g, (one) => `\\${one}`)}'`,
      (secret) => `E'${secret.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
      (secret) => `$q$${secret}$q$`,
    ]
    const secret = fc
      .string({ minLength: 1, unit: fc.constantFrom("'", '\\', '"', '$', ' ', '\n', '-', '=', '@', 'x') })
      .filter((text) => !text.includes('$q$') && !text.endsWith('$q'))
    fc.assert(
      fc.property(secret, fc.constantFrom(...quotings), fc.boolean(), (middle, quote, nested) => {
        const literal = quote(`hunter${middle}2xyz`)
        const statement = `ALTER ROLE b PASSWORD ${literal} VALID UNTIL '2030'`
        const text = nested ? `EXECUTE '${statement.replaceAll("'", "''")}'` : statement
        expect(withoutWrittenSecrets(text)).not.toMatch(/hunter|2xyz/)
      }),
      { numRuns: 1000 },
    )
  }, 60_000)

  it.each([
    'password ',
    "password '",
    "password ''",
    "password 'x'--",
    'password /* ',
    'password --',
    'password $a$ $',
    'password=a&',
    '\\',
    '://a:',
    '://a:b@',
    'create role ',
    'create role a password ',
    'identified ',
    "password '\\",
    'password \n',
    '--password\n',
    "--password 'a'\n",
    "password '\n--password\n'",
  ])(
    'costs a quarter of a megabyte of %j no more than a moment',
    (piece) => {
      const text = piece.repeat(Math.ceil((256 * 1024) / piece.length))
      const before = process.cpuUsage()
      withoutWrittenSecrets(text)
      withoutWrittenSecrets(`password '${text}`)
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000)
    },
    60_000,
  )
})
