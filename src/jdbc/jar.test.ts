import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { classesIn } from './jar.ts'
import { makeJar } from '../pxf/jar.fixture.ts'

const driver = 'org.postgresql.Driver'
const entry = 'org/postgresql/Driver.class'

describe('a JAR', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jar-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function classes(bytes: Uint8Array): Promise<string[]> {
    await writeFile(join(folder, 'a.jar'), bytes)
    return classesIn(join(folder, 'a.jar'), [driver, 'com.mysql.cj.jdbc.Driver'])
  }

  it.each([
    ['by itself', makeJar(['META-INF/MANIFEST.MF', entry])],
    ['of an application', makeJar([`BOOT-INF/classes/${entry}`])],
    [
      'in a JAR inside',
      makeJar(['a.class', { name: 'BOOT-INF/lib/pg.jar', content: makeJar(['x', entry]) }]),
    ],
    [
      'behind a launch script',
      makeJar([{ name: 'lib/pg.jar', content: makeJar([entry]) }], Buffer.from('#!/bin/sh\n')),
    ],
    ['beside a broken JAR inside', makeJar([{ name: 'a.jar', content: Buffer.from('broken') }, entry])],
    ['before a comment', commented(makeJar([entry]))],
  ])('has a class %s', async (_, bytes) => {
    expect(await classes(bytes)).toEqual([driver])
  })

  it.each([
    ['is there under another path', makeJar([`shaded/${entry}`])],
    ['is named in a file only', makeJar([{ name: 'README', content: Buffer.from(entry) }])],
    ['does not exist', makeJar([])],
  ])('lacks a class that %s', async (_, bytes) => {
    expect(await classes(bytes)).toEqual([])
  })

  it.each([
    ['empty', Buffer.alloc(0), 'it is not a JAR'],
    ['something else', Buffer.from('<html>404</html>'), 'it is not a JAR'],
    ['cut off in front', makeJar([entry]).subarray(20), 'its table of contents is corrupt'],
    ['cut off behind', makeJar([entry]).subarray(0, -10), 'it is not a JAR'],
  ])('that is %s says so', async (_, bytes, reason) => {
    await expect(classes(bytes)).rejects.toThrow(reason)
  })

  it('that is a pipe does not block', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.jar')])
    await expect(classesIn(join(folder, 'pipe.jar'), [driver])).rejects.toThrow('it is not a file')
  })
})

function commented(jar: Buffer): Buffer {
  const end = Buffer.from(jar)
  end.writeUInt16LE(7, end.length - 2)
  return Buffer.concat([end, Buffer.from('comment')])
}
