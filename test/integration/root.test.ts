/**
 * What runs as root on folders that others may write: a link that somebody swaps in meanwhile leads nowhere. A second
 * process swaps in a tight loop; that it does so fast enough is shown by the same work done through paths.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'
import { bundleFile, nodeProgram } from '../../stand-in/node-program.ts'

const administrator = accountToDropTo()
const seedRuns = 8
/** Of the swapper: an end, whatever becomes of the test. */
const swapForMs = 60_000
const patienceMs = 30_000

let folder: string
let base: string
let victim: string
let swapper: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'root-'))
  base = join(folder, 'data/pxf')
  victim = join(folder, 'victim')
  for (const path of [base, victim, join(folder, 'templates')]) mkdirSync(path, { recursive: true })
  for (let number = 0; number < 20; number++) {
    const server = join(folder, 'seeds/servers', `server-${number}`)
    mkdirSync(server, { recursive: true })
    writeFileSync(join(server, 'jdbc-site.xml'), '<configuration/>\n')
    // What the way through the link leads to.
    mkdirSync(join(victim, `server-${number}`))
  }
  writeFileSync(join(victim, 'file'), 'whole')
  chmodSync(victim, 0o711)
  chmodSync(folder, 0o755)
})

afterEach(() => {
  swapper?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Puts a link to the victim in the place of a folder and takes it away again, as its owner may. */
async function swap(path: string, rest = ''): Promise<void> {
  const program = `
    const fs = require('node:fs')
    const [path, victim, ms] = process.argv.slice(1)
    const quietly = (work) => { try { work() } catch {} }
    const end = Date.now() + Number(ms)
    console.log('swapping')
    while (Date.now() < end) {
      quietly(() => fs.rmSync(path, { recursive: true, force: true }))
      ${rest}
      quietly(() => fs.symlinkSync(victim, path))
      quietly(() => fs.unlinkSync(path))
    }`
  swapper = spawn(nodeProgram(), ['-e', program, path, victim, String(swapForMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (swapper.stdout !== null) await once(swapper.stdout, 'data')
}

/** Owner, mode and content of everything in it. */
const stateOf = (path: string): string[] =>
  ['.', ...readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()].map((name) => {
    const stats = statSync(join(path, name))
    const content = stats.isFile() ? readFileSync(join(path, name), 'utf8') : ''
    return `${name} ${stats.uid}:${stats.gid} ${(stats.mode & 0o7777).toString(8)} ${content}`
  })

function seed(environment: Readonly<Record<string, string>> = {}, ...words: string[]) {
  return spawnSync(nodeProgram(), [bundleFile, 'seed', ...words], {
    encoding: 'utf8',
    env: {
      GREENPLUM_USER: administrator?.name ?? '',
      GREENPLUM_PASSWORD: 'gpadmin',
      GREENPLUM_DATA_DIRECTORY: join(folder, 'data'),
      PXF_SEED_DIR: join(folder, 'seeds'),
      PXF_CONF_SEED_DIR: join(folder, 'templates'),
      ...environment,
    },
  })
}

const giveToAdministrator = (path: string) =>
  chownSync(path, administrator?.uid ?? 0, administrator?.gid ?? 0)

describe.skipIf(administrator === undefined)(
  'root (skipped for a plain user: only root has root to give up)',
  () => {
    it('seeds as the administrator, whose everything is then', () => {
      giveToAdministrator(base)
      expect(seed()).toMatchObject({ status: 0 })
      const owners = stateOf(base).map((line) => line.split(' ')[1])
      expect(new Set(owners)).toEqual(new Set([`${administrator?.uid}:${administrator?.gid}`]))
      expect(owners.length).toBeGreaterThan(40)
    })

    it('refuses to write where there is no administrator, and still lists', () => {
      const nobody = { GREENPLUM_USER: 'no-such-account' }
      const { status, stderr } = seed(nobody)
      expect(status).toBe(78)
      expect(stderr).toBe(
        `gp-supervisor: cannot seed as root: there is no account no-such-account, and none that owns ${folder}/data; run it as the user that Greenplum runs as (the option --user of the container runtime), or set GREENPLUM_USER to that name\n`,
      )
      expect(readdirSync(base)).toEqual([])
      expect(seed(nobody, '--dry-run')).toMatchObject({ status: 0 })
      expect(readdirSync(base)).toEqual([])
    })

    it('seeds through no link that is swapped in for a folder', async () => {
      giveToAdministrator(base)
      const before = stateOf(victim)
      await swap(join(base, 'servers'))
      for (let run = 0; run < seedRuns; run++) {
        seed()
        expect(stateOf(victim)).toEqual(before)
      }
      expect(swapper?.exitCode).toBe(null)
    })

    it('the same through paths, as root, changes what the link leads to (negative control)', async () => {
      const before = stateOf(victim)
      const target = join(base, 'servers')
      await swap(target)
      const end = Date.now() + patienceMs
      while (Date.now() < end && statSync(victim).uid === 0) {
        try {
          mkdirSync(target, { recursive: true })
          giveToAdministrator(target)
        } catch {
          // taken away in between
        }
      }
      expect(stateOf(victim)).not.toEqual(before)
    })
  },
)

describe.skipIf(administrator === undefined)("the base image's entrypoint (skipped for a plain user)", () => {
  /** As the base image's: folders of the administrator's are given to them with all that is in them. */
  const entrypoint = (path: string, environment: Readonly<Record<string, string>>) =>
    spawnSync('bash', ['-c', `chown -R "$1" "$2"; echo "status $?"`, 'x', String(administrator?.uid), path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...environment },
    })
  const ours = { BASH_ENV: join(import.meta.dirname, '../../entrypoint/entrypoint.bash') }

  it('gives a folder with all that is in it, and follows no link in it', () => {
    symlinkSync(victim, join(base, 'link'))
    writeFileSync(join(base, 'file'), '')
    const before = stateOf(victim)
    expect(entrypoint(`${folder}//data/`, ours)).toMatchObject({ stdout: 'status 0\n', stderr: '' })
    for (const path of ['data', 'data/pxf', 'data/pxf/file'])
      expect(statSync(join(folder, path)).uid).toBe(administrator?.uid)
    expect(stateOf(victim)).toEqual(before)
  })

  it('does not follow a link on the way to the folder; plain chown does (negative control)', () => {
    symlinkSync(victim, join(base, 'link'))
    const path = join(base, 'link/server-1')
    const before = stateOf(victim)
    const { stdout, stderr } = entrypoint(path, ours)
    expect(stdout).toBe('status 1\n')
    expect(stderr).toBe(
      `chown: ${path} is reached through a link, to ${victim}/server-1: its owner stays; name it without the link\n`,
    )
    expect(stateOf(victim)).toEqual(before)
    expect(entrypoint(path, {}).stdout).toBe('status 0\n')
    expect(stateOf(victim)).not.toEqual(before)
  })

  it('gives a single file, and of a link to one the link itself', () => {
    writeFileSync(join(base, 'file'), '')
    symlinkSync(join(victim, 'file'), join(base, 'link'))
    const before = stateOf(victim)
    for (const name of ['file', 'link']) {
      expect(entrypoint(join(base, name), ours)).toMatchObject({ stdout: 'status 0\n', stderr: '' })
      expect(lstatSync(join(base, name)).uid).toBe(administrator?.uid)
    }
    expect(stateOf(victim)).toEqual(before)
  })

  it('does not follow a link on the way to a single file; plain chown does (negative control)', () => {
    symlinkSync(victim, join(base, 'link'))
    const path = join(base, 'link/file')
    const before = stateOf(victim)
    expect(entrypoint(path, ours)).toMatchObject({
      stdout: 'status 1\n',
      stderr: `chown: ${path} is reached through a link, to ${victim}/file: its owner stays; name it without the link\n`,
    })
    expect(stateOf(victim)).toEqual(before)
    expect(entrypoint(path, {}).stdout).toBe('status 0\n')
    expect(stateOf(victim)).not.toEqual(before)
  })

  it('says what is not there, as chown does', () => {
    expect(entrypoint(join(folder, 'none'), ours)).toMatchObject({
      stdout: 'status 1\n',
      stderr: `chown: cannot access '${folder}/none': No such file or directory\n`,
    })
  })
})
