/**
 * Decides how `pg_hba.conf` must read so that the database's own user gets in from its own host: the line
 * `host all <user> samehost <method>` before every line that could catch that connection first. Pure: reading,
 * replacing, reloading and watching the file are others' work. Every byte that is not of this rule stays.
 *
 * To keep also the bytes that are no valid UTF-8, hand in the file decoded as latin1.
 */
import { SupervisorError, exitCodes } from '../errors.ts'
import { logicalLines, type Field, type LogicalLine, type Token } from './tokens.ts'

export interface HbaRule {
  readonly user: string
  readonly method: 'trust' | 'md5'
}

/** The text with the rule in its place, once; the very same text if it stands there already. */
export function withHbaRule(text: string, rule: HbaRule): string {
  const newLine = `host all ${userField(rule.user)} samehost ${rule.method}`
  // Editors look for the mark at the very start, so nothing goes before it; nor is it part of the first line.
  const mark = /^(?:\uFEFF|\u00EF\u00BB\u00BF)/.exec(text)?.[0] ?? ''
  const body = text.slice(mark.length)
  const lines = logicalLines(body)
  const own = new Set(lines.filter((line) => methodOfOwn(line, rule.user) !== undefined))
  const catching = lines.find((line) => !own.has(line) && mayCatch(line, rule.user))
  const [kept] = own
  const ourLine = kept === undefined ? newLine : withMethod(body, kept, rule)
  const original = (line: LogicalLine) => (own.has(line) ? '' : body.slice(line.start, line.end))

  if (kept !== undefined && (catching === undefined || kept.start < catching.start)) {
    return mark + lines.map((line) => (line === kept ? ourLine : original(line))).join('')
  }
  const place = catching?.start ?? endOfRules(lines)
  const before = lines.filter((line) => line.start < place)
  const after = lines.slice(before.length)
  return [
    mark,
    ...before.map(original),
    terminated(ourLine, after[0], before.at(-1)),
    ...after.map(original),
  ].join('')
}

/** Whether there is a rule for every user, database and IPv4 address: the start script's own, behind a whole cluster. */
export function letsClientsIn(text: string): boolean {
  const wanted = ['host', 'all', 'all', '0.0.0.0/0']
  return logicalLines(text)
    .flatMap(({ readings }) => readings)
    .some((fields) =>
      wanted.every((word, index) => fields[index]?.length === 1 && fields[index][0]?.text === word),
    )
}

/** Behind everything, unless the last line would swallow what is appended or lacks its end. */
function endOfRules(lines: readonly LogicalLine[]): number {
  const last = lines.at(-1)
  if (last === undefined) return 0
  return last.open || last.terminator === '' ? last.start : last.end
}

/** The line with the line end of its new surroundings, if it has none of its own. */
function terminated(text: string, next: LogicalLine | undefined, previous: LogicalLine | undefined): string {
  return text.endsWith('\n') ? text : text + (next?.terminator || previous?.terminator || '\n')
}

/** Our line as it stands, blanks and comment included, with the method asked for. */
function withMethod(body: string, line: LogicalLine, rule: HbaRule): string {
  const text = body.slice(line.start, line.end)
  const token = methodOfOwn(line, rule.user)
  if (token === undefined || token.text === rule.method) return text
  return text.slice(0, token.start) + rule.method + text.slice(token.end)
}

/** The method of a line that is this rule, whatever its method; undefined for any other line. */
function methodOfOwn(line: LogicalLine, user: string): Token | undefined {
  // Part of a continued line to newer servers and a line of its own to older ones: not to be relied upon.
  if (line.continued || line.open) return undefined
  const [fields = []] = line.readings
  if (fields.length !== 5 || fields.some((field) => field.length !== 1)) return undefined
  const [type, database, name, address, method] = fields.flat()
  if (type?.text !== 'host' || !isKeyword(database, 'all') || !isKeyword(address, 'samehost'))
    return undefined
  if (name === undefined || name.text !== user || !isPlainName(name)) return undefined
  return method !== undefined && /^[a-z0-9-]+$/.test(method.text) ? method : undefined
}

const hostTypes: ReadonlySet<string> = new Set(['host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'])
const includes: ReadonlySet<string> = new Set(['include', 'include_if_exists', 'include_dir'])

/** Whether a TCP connection of `user` to some database could end at this line; in doubt, yes. */
function mayCatch(line: LogicalLine, user: string): boolean {
  return line.readings.some((fields) => catches(fields, user))
}

function catches([type, database, users]: readonly Field[], user: string): boolean {
  const word = type?.[0]
  if (word === undefined) return false
  if (includes.has(word.text) || isFile(word)) return true
  if (!hostTypes.has(word.text) || database === undefined || users === undefined) return false
  // An empty file leaves no field behind: the next one takes its place, so nothing can be said here.
  if (database.some(isFile)) return true
  if (database.every((token) => isKeyword(token, 'replication'))) return false
  return users.some((token) => token.text === user || !isPlainName(token))
}

const isKeyword = (token: Token | undefined, word: string) => token?.text === word && !token.quoted

const isFile = (token: Token) => !token.quoted && /^@./s.test(token.text)

/** A name and nothing else: no `all`, group, file; nor an expression, which PostgreSQL 16 sees even in quotes. */
function isPlainName(token: Token): boolean {
  if (token.text.startsWith('/')) return false
  return token.quoted || !(token.text === 'all' || token.text.startsWith('+') || isFile(token))
}

/** The user as a field that means this name alone, on every server from Greenplum 6 on. */
function userField(user: string): string {
  if (user === '' || user.startsWith('/') || /[\0\r\n]/.test(user)) {
    throw new SupervisorError(
      `cannot write a pg_hba.conf rule for user ${JSON.stringify(user)}: the file has no way to name it; use a name without line breaks and without a leading /`,
      { code: 'hba', exitCode: exitCodes.configuration },
    )
  }
  const plain = /^[A-Za-z_][\w$.-]*$/.test(user) && user !== 'all'
  return plain ? user : `"${user.replaceAll('"', '""')}"`
}
