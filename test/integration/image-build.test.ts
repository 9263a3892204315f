/** The scripts of the Dockerfile whose work may fail, and then has to leave nothing behind. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(inject('ground').folder, 'build-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A gp-supervisor that knows the user, and makes a file before it succeeds or fails. */
function withSupervisor(code: number): void {
  mkdirSync(join(folder, 'bin'))
  writeFileSync(
    join(folder, 'bin/gp-supervisor'),
    `#!/bin/bash
case "$1" in
    config) echo '    "user": "${userInfo().username}",' ;;
    share-classes) mkdir -p "\${PXF_CLASS_DATA_DIR}/jars"; touch "\${PXF_CLASS_DATA_DIR}/half"; exit ${code} ;;
esac
`,
    { mode: 0o755 },
  )
}

const make = (mode: string) => {
  const words = [mode, join(folder, 'data'), join(folder, 'root')]
  const { status, stderr } = spawnSync(
    'bash',
    [join(import.meta.dirname, '../../class-data/make.sh'), ...words],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${join(folder, 'bin')}:${env['PATH']}` },
    },
  )
  return { status, stderr, made: existsSync(join(folder, 'root', folder, 'data')) }
}

describe('class data of PXF', () => {
  it('are put into the image where they were made', () => {
    withSupervisor(0)
    expect(make('auto')).toEqual({ status: 0, stderr: '', made: true })
    expect(existsSync(join(folder, 'root', folder, 'data/java/bin/java'))).toBe(true)
  })

  it('that cannot be made are left out as a whole, or end the build', () => {
    withSupervisor(78)
    const stderr = expect.stringContaining('class data of PXF: cannot be made here') as string
    expect(make('auto')).toEqual({ status: 0, stderr, made: false })
    expect(make('on')).toEqual({ status: 1, stderr, made: false })
    expect(make('off')).toEqual({ status: 0, stderr: '', made: false })
    expect(make('yes')).toMatchObject({ status: 1, made: false })
  })
})
