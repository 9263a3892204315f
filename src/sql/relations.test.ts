import { describe, expect, it } from 'vitest'
import { parseSqlFile } from './files.ts'
import { relationsOf, shownRelation } from './relations.ts'

describe('the relations of a file', () => {
  it('are shown as people write them', () => {
    const file = parseSqlFile(
      '10-x.sql',
      new TextEncoder().encode(`CREATE TABLE Stg.flights_ext (a int);
CREATE VIEW "it's ""odd""" AS SELECT 1; CREATE VIEW "back\\slash" AS SELECT 1; CREATE TEMP TABLE t (a int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`),
    )
    expect(relationsOf(file).map(shownRelation)).toEqual(['stg.flights_ext', `it's "odd"`, 'back\\slash'])
  })
})
