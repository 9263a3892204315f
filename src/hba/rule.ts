/**
 * Decides how `pg_hba.conf` must read so that the database's own user can connect from its own host: the line
 * `host all <user> samehost <method>` must precede every line that could match that connection. Pure. Every byte outside
 * this rule is preserved.
 *
 * Decode the file as latin1, so that bytes that are not valid UTF-8 are preserved as well.
 */
import { SupervisorError, exitCodes } from '../errors.ts'
import { logicalLines, type Field, type LogicalLine, type Token } from './tokens.ts'

export interface HbaRule {
  readonly user: string
  readonly method: 'trust' | 'md5'
}

/** The text with exactly one rule, in the right place. Unchanged if it is already there. */
export function withHbaRule(text: string, rule: HbaRule): string {
  const newLine = `host all ${userField(rule.user)} samehost ${rule.method}`
  const mark = byteOrderMark(text)
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

/**
 * Whether all users may connect to all databases from any IPv4 address. The start script adds such a rule once a cluster
 * is complete.
 */
export function letsClientsIn(text: string): boolean {
  const wanted = ['host', 'all', 'all', '0.0.0.0/0']
  return logicalLines(text)
    .flatMap(({ readings }) => readings)
    .some((fields) =>
      wanted.every((word, index) => fields[index]?.length === 1 && fields[index][0]?.text === word),
    )
}

/** The end of the file, or before the last line if that lacks a line end or would absorb appended text. */
function endOfRules(lines: readonly LogicalLine[]): number {
  const last = lines.at(-1)
  if (last === undefined) return 0
  return last.open || last.terminator === '' ? last.start : last.end
}

/** The line with a line end; if it has none, with that of its neighbours. */
function terminated(text: string, next: LogicalLine | undefined, previous: LogicalLine | undefined): string {
  return text.endsWith('\n') ? text : text + (next?.terminator || previous?.terminator || '\n')
}

/** The existing rule, spacing and comment included, with the wanted method. */
function withMethod(body: string, line: LogicalLine, rule: HbaRule): string {
  const text = body.slice(line.start, line.end)
  const token = methodOfOwn(line, rule.user)
  if (token === undefined || token.text === rule.method) return text
  return text.slice(0, token.start) + rule.method + text.slice(token.end)
}

/** The method of a line that is this rule, whatever its method; undefined for any other line. */
function methodOfOwn(line: LogicalLine, user: string): Token | undefined {
  // Newer servers read it as part of a continued line, older ones as a line of its own: do not rely on it.
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

/** Whether this line could match a TCP connection of `user` to some database; if in doubt, yes. */
function mayCatch(line: LogicalLine, user: string): boolean {
  return line.readings.some((fields) => catches(fields, user))
}

function catches([type, database, users]: readonly Field[], user: string): boolean {
  const word = type?.[0]
  if (word === undefined) return false
  if (includes.has(word.text) || isFile(word)) return true
  if (!hostTypes.has(word.text) || database === undefined || users === undefined) return false
  // An empty included file yields no field, and the next field takes its place, so the line cannot be judged.
  if (database.some(isFile)) return true
  if (database.every((token) => isKeyword(token, 'replication'))) return false
  return users.some((token) => token.text === user || !isPlainName(token))
}

const isKeyword = (token: Token | undefined, word: string) => token?.text === word && !token.quoted

const isFile = (token: Token) => !token.quoted && /^@./s.test(token.text)

/** A plain name: not `all`, a group, a file, or a regular expression, which PostgreSQL 16 accepts even in quotes. */
function isPlainName(token: Token): boolean {
  if (token.text.startsWith('/')) return false
  return token.quoted || !(token.text === 'all' || token.text.startsWith('+') || isFile(token))
}

/** It must stay at the very start, and is not part of the first line. */
export const byteOrderMark = (text: string): string => /^(?:\uFEFF|\u00EF\u00BB\u00BF)/.exec(text)?.[0] ?? ''

/** The user as a field that matches only this name, on every server since Greenplum 6. */
export function userField(user: string): string {
  if (user === '' || user.startsWith('/') || /[\0\r\n]/.test(user)) {
    throw new SupervisorError(
      `cannot write a pg_hba.conf rule for user ${JSON.stringify(user)}: the file format cannot express this name; use one without line breaks and without a leading /`,
      { code: 'hba', exitCode: exitCodes.configuration },
    )
  }
  const plain = /^[A-Za-z_][\w$.-]*$/.test(user) && user !== 'all'
  return plain ? user : `"${user.replaceAll('"', '""')}"`
}
