import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { initSqlFile } from './init-sql.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-sql-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('takes statements as they are', () => {
  const sql = 'CREATE TABLE IF NOT EXISTS public.t (id int);\nSELECT 1'
  expect(initSqlFile(sql, 1)).toEqual({ name: '90-001-init.sql', content: sql })
})

it('reads a file, whose name stays visible', () => {
  const path = join(folder, '20-orders.sql')
  writeFileSync(path, 'SELECT 2')
  expect(initSqlFile(path, 2)).toEqual({ name: '90-002-20-orders.sql', content: 'SELECT 2' })
})

it('names files in the order of the calls', () => {
  const names = [1, 2, 10, 100].map((number) => initSqlFile('SELECT 1', number).name)
  expect(names.toSorted()).toEqual(names)
})

it('takes several lines for statements, whatever they end in', () => {
  expect(initSqlFile('SELECT 1;\n-- as in setup.sql', 1).content).toContain('SELECT 1')
})

it('says which file cannot be read', () => {
  expect(() => initSqlFile('missing/none.sql', 1)).toThrow(
    "cannot read the SQL file missing/none.sql: ENOENT: no such file or directory, open 'missing/none.sql'",
  )
})
