/** A file of SQL as its statements, each with the place where it stands. Pure. */
import { lex, type Token } from './lexer.ts'

export interface Statement {
  /** From its first word up to its semicolon, which is not part of it. */
  readonly text: string
  /** Offset of `text` in the file. */
  readonly start: number
  readonly line: number
  /** Without blanks and comments. */
  readonly tokens: readonly Token[]
  /** The `--` comments between the statement before and this one. */
  readonly comments: readonly Comment[]
}

export interface Comment {
  readonly text: string
  readonly line: number
  /** Nothing but blanks stands before it on its line. */
  readonly alone: boolean
}

export interface Fault {
  readonly line: number
  readonly text: string
}

export interface SplitFile {
  readonly statements: readonly Statement[]
  /** The comments after the last statement. */
  readonly trailing: readonly Comment[]
  /** What makes the rest of the file uncertain. */
  readonly faults: readonly Fault[]
}

export function splitStatements(sql: string): SplitFile {
  const lineAt = lineCounter(sql)
  const statements: Statement[] = []
  const faults: Fault[] = []
  let tokens: Token[] = []
  let comments: Comment[] = []
  let depth = 0
  const finish = () => {
    const [first, last] = [tokens[0], tokens.at(-1)]
    if (first !== undefined && last !== undefined) {
      const text = sql.slice(first.start, last.end)
      statements.push({ text, start: first.start, line: lineAt(first.start), tokens, comments })
      comments = []
    }
    tokens = []
    depth = 0
  }
  for (const token of lex(sql)) {
    const text = sql.slice(token.start, token.end)
    if (!token.closed) faults.push({ line: lineAt(token.start), text: unclosed(token, text) })
    if (token.kind === 'line-comment' && tokens.length === 0)
      comments.push({ text, line: lineAt(token.start), alone: isAlone(sql, token.start) })
    if (token.kind === 'space' || token.kind === 'line-comment' || token.kind === 'block-comment') continue
    if (token.kind === 'symbol' && text === '\\')
      faults.push({ line: lineAt(token.start), text: psqlCommand })
    // The actions of CREATE RULE stand in brackets, with semicolons between them.
    if (token.kind === 'symbol' && text === '(') depth++
    if (token.kind === 'symbol' && text === ')') depth = Math.max(0, depth - 1)
    if (token.kind === 'symbol' && text === ';' && depth === 0) finish()
    else tokens.push(token)
  }
  finish()
  return { statements, trailing: comments, faults }
}

function isAlone(sql: string, start: number): boolean {
  const line = Math.max(sql.lastIndexOf('\n', start), sql.lastIndexOf('\r', start)) + 1
  return sql.slice(line, start).trim() === ''
}

const psqlCommand = 'a backslash: commands of psql cannot be used here, only SQL'

function unclosed({ kind }: Token, text: string): string {
  if (kind === 'block-comment') return 'a comment begins here with /* and is never closed'
  if (kind === 'name') return 'a quoted name begins here and is never closed'
  const tag = /^\$[^$]*\$/.exec(text)?.[0]
  return `a string begins here${tag === undefined ? '' : ` with ${tag}`} and is never closed`
}

/** Asked with growing offsets, it reads the file once. */
function lineCounter(sql: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    if (offset < at) [line, at] = [1, 0]
    for (let next = sql.indexOf('\n', at); next >= 0 && next < offset; next = sql.indexOf('\n', at)) {
      line++
      at = next + 1
    }
    return line
  }
}

/** The line of the file in which the character number `position` (from 1, as the server counts) of `text` stands. */
export function lineOfPosition({ text, line }: Pick<Statement, 'text' | 'line'>, position: number): number {
  let lines = line
  let left = position - 1
  for (const character of text) {
    if (left-- <= 0) break
    if (character === '\n') lines++
  }
  return lines
}

/** The words of a statement in capitals, and its symbols; quoted names and strings are empty. */
export function wordsOf({ text, start, tokens }: Statement): string[] {
  return tokens.map((token) =>
    token.kind === 'word' || token.kind === 'symbol'
      ? text.slice(token.start - start, token.end - start).toUpperCase()
      : '',
  )
}
