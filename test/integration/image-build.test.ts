/** The scripts of the Dockerfile whose work may fail, and then has to leave nothing behind. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

describe('the tools of Greenplum 6', () => {
  /** As in Greenplum 6.24.3; the second goes through ssh, which takes one of the two backslashes and `$2`. */
  const asReleased = [
    `    cmdStr = "ps -ef | grep postgres | grep -v grep | awk '{print $2}' | grep \`cat %s/postmaster.pid | head -1\` || echo -1" % (datadir)`,
    `    cmdStr="echo 'START_CMD_OUTPUT';ps -ef | grep postgres | grep -v grep | awk '{print $2}' | grep \\\\\`cat %s/postmaster.pid | head -1\\\\\` || echo -1" % (datadir)`,
  ]
  let file: string
  let server: ReturnType<typeof spawn>
  beforeEach(() => {
    mkdirSync(join(folder, 'lib/python/gppylib/commands'), { recursive: true })
    file = join(folder, 'lib/python/gppylib/commands/gp.py')
    writeFileSync(file, `${asReleased.join('\n')}\n`)
    server = spawn('bash', ['-c', 'exec -a "postgres -D elsewhere" sleep 60'], { stdio: 'ignore' })
  })
  afterEach(() => void server.kill('SIGKILL'))

  const correct = () =>
    spawnSync('sh', [join(import.meta.dirname, '../../entrypoint/exact-pids.sh'), folder], {
      encoding: 'utf8',
    })
  /** What the tool takes for the pid of the server whose pid file has this one. */
  const found = (line: number, pid: string): string | undefined => {
    writeFileSync(join(folder, 'postmaster.pid'), `${pid}\n/data\n`)
    const [, command = ''] = /"(.*)" % /.exec(readFileSync(file, 'utf8').split('\n')[line] ?? '') ?? []
    const sent = line === 0 ? command : command.replaceAll('\\\\', '').replace('$2', '')
    const { stdout } = spawnSync('bash', ['-c', sent.replace('%s', folder)], { encoding: 'utf8' })
    return line === 0 ? stdout.split(/\s+/).find((word) => word !== '') : stdout.trim().split(/\s+/)[2]
  }

  it.each([0, 1])('find the server of that very pid (line %i)', (line) => {
    const pid = `${server.pid}`
    const part = pid.slice(0, -1)
    // Negative control: as released, a healthy server is taken for one that is gone.
    expect(found(line, part)).toMatch(/^\d+$/)
    expect(correct()).toMatchObject({
      status: 0,
      stdout: `${file}: pids are looked for exactly\n`,
      stderr: '',
    })
    expect(found(line, pid)).toBe(pid)
    expect(found(line, part)).toBe(line === 0 ? '-1' : undefined)
    // A second time there is nothing to do, and tools that are written otherwise stay as they are.
    expect(correct()).toMatchObject({ status: 0, stdout: '' })
  })
})
