/** The image's SQL files: any bytes as a file. */
import assert from 'node:assert/strict'
import { SupervisorError } from '../../../src/errors.ts'
import { faultLines, parseSqlFile, type SqlFile } from '../../../src/sql/files.ts'
import { lex } from '../../../src/sql/lexer.ts'
import { lineOfPosition } from '../../../src/sql/statements.ts'
import { assertLinear } from './linear.ts'

export function fuzz(data: Uint8Array): void {
  const sql = Buffer.from(data).toString()
  let at = 0
  for (const { start, end } of lex(sql)) {
    assert.equal(start, at, 'every byte is in exactly one token')
    assert.ok(end > start, 'no token is empty')
    at = end
  }
  assert.equal(at, sql.length)
  const file = parse(data)
  if (file !== undefined) checkFile(file, new TextDecoder().decode(data))
  // In many statements: within one, the lint looks at the rest of it for each INSERT, UPDATE and DELETE.
  assertLinear(Buffer.concat([data, Buffer.from(';\n')]), parse)
}

/** Other than UTF-8 is refused by a sentence; nothing else may be thrown. */
function parse(bytes: Uint8Array): SqlFile | undefined {
  try {
    return parseSqlFile('10-fuzz.sql', bytes)
  } catch (error) {
    assert.ok(error instanceof SupervisorError, `${String(error)} was thrown`)
    assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return undefined
  }
}

function checkFile(file: SqlFile, sql: string): void {
  const lines = sql.split('\n').length
  let end = 0
  for (const statement of file.statements) {
    assert.equal(sql.slice(statement.start, statement.start + statement.text.length), statement.text)
    assert.ok(statement.start >= end, 'statements follow each other')
    end = statement.start + statement.text.length
    assert.equal(statement.line, sql.slice(0, statement.start).split('\n').length)
    const last = lineOfPosition(statement, statement.text.length)
    assert.ok(last >= statement.line && last <= lines, 'a place in a statement is a line of the file')
  }
  for (const { line } of file.faults) assert.ok(line >= 1 && line <= lines, 'a fault has a line of the file')
  assert.equal(faultLines(file).length, file.faults.length)
}
