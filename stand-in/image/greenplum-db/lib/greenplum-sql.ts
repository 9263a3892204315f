/**
 * The recorded list: the statements of Greenplum that PostgreSQL cannot parse, as far as the tests need them, and what
 * the stand-in runs instead of each. It proves nothing of Greenplum: options of formats and clauses behind them are not
 * read, and errors are those of the statement that is run instead. A statement that is not on the list goes to
 * PostgreSQL as it is, which answers with its own syntax error.
 *
 *   CREATE [TRUSTED] PROTOCOL name (readfunc|writefunc|validatorfunc = function, …)
 *   DROP PROTOCOL name
 *   ALTER PROTOCOL name RENAME | OWNER TO name
 *   GRANT SELECT | INSERT ON PROTOCOL name TO role [WITH GRANT OPTION]
 *   CREATE [WRITABLE] EXTERNAL [WEB] TABLE name (column type, …) LOCATION ('uri', …) | EXECUTE 'command' … FORMAT …
 *   DROP EXTERNAL TABLE [IF EXISTS] name [CASCADE]
 *   CREATE TABLE … [WITH (appendonly = …, …)] [DISTRIBUTED BY (…) | RANDOMLY | REPLICATED]
 */

/** A protocol is shown by an empty table: share/greenplum-protocols.sql. */
const shadow = 'TABLE standin_protocols.'

const name = String.raw`(?:"(?:[^"]|"")+"|\w+)`
const qualified = String.raw`${name}(?:\.${name})?`
/** A parenthesis with no more than one level of them inside, as in `price numeric(10, 2)`. */
const group = String.raw`\(((?:[^()]|\([^()]*\))*)\)`

const rules: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [rule(`CREATE (TRUSTED )?PROTOCOL (${name}) ?${group}`), createProtocol],
  [rule(`DROP PROTOCOL (${name})`), (protocol) => `DROP ${shadow}${protocol}`],
  [
    rule(`ALTER PROTOCOL (${name}) (RENAME|OWNER) TO (${name})`),
    (protocol, what, other) => `ALTER ${shadow}${protocol} ${what} TO ${other}`,
  ],
  [
    rule(`GRANT (SELECT|INSERT) ON PROTOCOL (${name}) (TO ${name}(?: WITH GRANT OPTION)?)`),
    (privilege, protocol, to) => `GRANT ${privilege} ON ${shadow}${protocol} ${to}`,
  ],
  [
    rule(
      `CREATE (?:WRITABLE )?EXTERNAL (?:WEB )?TABLE (${qualified}) ?${group} ?(?:LOCATION ?${group}|EXECUTE '.*) ?FORMAT '.*`,
    ),
    (table = '', columns = '', locations = '') =>
      `CALL pg_catalog.standin_create_external_table(${literal(table)}, ${literal(columns)}, ARRAY[${locations}]::text[])`,
  ],
  [
    rule(`DROP EXTERNAL TABLE (IF EXISTS )?(${qualified})( CASCADE)?`),
    (ifExists = '', table = '', cascade = '') =>
      `CALL pg_catalog.standin_drop_external_table(${literal(table)}, ${ifExists !== ''}, ${cascade !== ''})`,
  ],
  [
    rule(
      `(CREATE TABLE (?:[^()]|${group})*?)( WITH \\(append(?:only|optimized)\\b[^()]*\\))? DISTRIBUTED (?:BY ?${group}|RANDOMLY|REPLICATED)`,
    ),
    (create = '') => create,
  ],
]

/** A blank is any of them. */
function rule(pattern: string): RegExp {
  return new RegExp(
    `^${pattern.replaceAll(' ', String.raw`\s+`).replaceAll(String.raw`\s+?`, String.raw`\s*`)}$`,
    'is',
  )
}

function createProtocol(trusted: string | undefined, protocol: string, definition: string): string {
  const functionFor = (role: string) => {
    const found = new RegExp(`${role}\\s*=\\s*(${qualified})`, 'i').exec(definition)?.[1]
    return found === undefined ? 'NULL' : literal(`${found}()`)
  }
  const functions = ['readfunc', 'writefunc', 'validatorfunc'].map(functionFor).join(', ')
  return `CALL pg_catalog.standin_create_protocol(${literal(protocol)}, ${trusted !== undefined}, ${functions})`
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A comment, a string, a quoted name, a semicolon, or any other character. */
const piece = /--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$|[^]/g

/** A text of one or more statements, with those of the list replaced. */
export function translateAll(sql: string): string {
  const statements: string[][] = [[]]
  for (const [text] of sql.matchAll(piece)) {
    if (text === ';') statements.push([])
    else statements.at(-1)?.push(text)
  }
  return statements.map((pieces) => translatePieces(pieces)).join(';')
}

/** The statement that PostgreSQL runs instead; the same one where it is not on the list. */
export const translate = translateAll

function translatePieces(pieces: readonly string[]): string {
  const words = pieces.filter((text) => !/^(--|\/\*)/.test(text))
  const statement = words.join('').trim()
  for (const [pattern, instead] of rules) {
    const found = pattern.exec(statement)
    if (found !== null) return instead(...found.slice(1))
  }
  return pieces.join('')
}
