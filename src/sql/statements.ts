/** Splits a SQL file into statements, each with its position. Pure. */
import { lex, type Token } from './lexer.ts'

export interface Statement {
  /** From its first word up to, but not including, its semicolon. */
  readonly text: string
  /** Offset of `text` in the file. */
  readonly start: number
  readonly line: number
  /** Without white space and comments. */
  readonly tokens: readonly Token[]
  /** The `--` comments between the previous statement and this one. */
  readonly comments: readonly Comment[]
}

export interface Comment {
  readonly text: string
  readonly line: number
  /** Only white space precedes it on its line. */
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
  /** Faults because of which the file cannot be split reliably. */
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
    // CREATE RULE has actions in parentheses, separated by semicolons.
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

const psqlCommand = 'a backslash: psql commands cannot be used here, only SQL'

function unclosed({ kind }: Token, text: string): string {
  if (kind === 'block-comment') return 'a comment starts here with /* and is never closed'
  if (kind === 'name') return 'a quoted name starts here and is never closed'
  const tag = /^\$[^$]*\$/.exec(text)?.[0]
  return `a string starts here${tag === undefined ? '' : ` with ${tag}`} and is never closed`
}

/** With increasing offsets it reads the file only once. */
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

/** The line of the file that contains character `position` of `text`, counted from 1 as the server does. */
export function lineOfPosition({ text, line }: Pick<Statement, 'text' | 'line'>, position: number): number {
  let lines = line
  let left = position - 1
  for (const character of text) {
    if (left-- <= 0) break
    if (character === '\n') lines++
  }
  return lines
}

/** The words of a statement in upper case, and its symbols. Quoted names and strings become empty. */
export function wordsOf({ text, start, tokens }: Statement): string[] {
  return tokens.map((token) =>
    token.kind === 'word' || token.kind === 'symbol'
      ? text.slice(token.start - start, token.end - start).toUpperCase()
      : '',
  )
}
