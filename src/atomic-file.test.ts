import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile } from './atomic-file.ts'
import { SupervisorError } from './errors.ts'

const isRoot = userInfo().uid === 0
/** Root of an ordinary container may not mount. */
const mayMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-file-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777

async function failureOf(work: Promise<unknown>): Promise<SupervisorError> {
  try {
    await work
  } catch (error) {
    if (error instanceof SupervisorError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('replaceFile', () => {
  it('writes a new file with exactly the mode asked for, whatever the umask', async () => {
    const path = join(folder, 'new')
    await replaceFile(path, 'hello\n', { mode: 0o666 })
    expect(await readFile(path, 'utf8')).toBe('hello\n')
    expect(await modeOf(path)).toBe(0o666)
  })

  it('replaces the bytes of an old file and sets the mode given', async () => {
    const path = join(folder, 'old')
    await writeFile(path, 'a much longer text than the new one', { mode: 0o644 })
    await replaceFile(path, Buffer.from([0, 255, 13, 10]), { mode: 0o600 })
    expect([...(await readFile(path))]).toEqual([0, 255, 13, 10])
    expect(await modeOf(path)).toBe(0o600)
    expect(await readdir(folder)).toEqual(['old'])
  })

  it('takes what comes in parts; where its source fails on the way, the old file stays', async () => {
    const path = join(folder, 'parts')
    async function* parts(failure?: Error) {
      yield Buffer.from('first ')
      if (failure !== undefined) throw failure
      yield Buffer.from('second')
    }
    await replaceFile(path, parts(), { mode: 0o600 })
    const { message } = await failureOf(
      replaceFile(path, parts(new Error('the image is gone')), { mode: 0o600 }),
    )
    expect(message).toContain('the image is gone')
    expect(await readFile(path, 'utf8')).toBe('first second')
    expect(await readdir(folder)).toEqual(['parts'])
  })

  it('never lets another user read the temporary file while it is written', async () => {
    const path = join(folder, 'secret')
    const modes = new Set<number>()
    const writing = replaceFile(path, Buffer.alloc(64 * 1024 * 1024), { mode: 0o644 })
    const watch = { on: true }
    void writing.finally(() => (watch.on = false))
    while (watch.on) {
      for (const name of await readdir(folder)) {
        const found = await lstat(join(folder, name)).catch(() => undefined)
        if (found !== undefined && found.size < 64 * 1024 * 1024) modes.add(found.mode & 0o777)
      }
    }
    await writing
    expect([...modes]).toEqual([0o600])
  })

  it('replaces a link instead of writing through it', async () => {
    const outside = join(folder, 'outside')
    await writeFile(outside, 'untouched')
    await symlink(outside, join(folder, 'link'))
    await replaceFile(join(folder, 'link'), 'new', { mode: 0o600 })
    expect(await readFile(outside, 'utf8')).toBe('untouched')
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(false)
  })

  it('accepts the owner that the file would have anyway', async () => {
    const path = join(folder, 'mine')
    const { uid, gid } = await stat(folder)
    await replaceFile(path, 'x', { mode: 0o600, owner: { uid, gid } })
    expect(await stat(path)).toMatchObject({ uid, gid })
  })

  it('leaves the old file and no temporary one when it fails', async () => {
    await mkdir(join(folder, 'taken'))
    const failure = await failureOf(replaceFile(join(folder, 'taken'), 'x', { mode: 0o600 }))
    expect(failure.message).toBe(`cannot write ${folder}/taken: a directory is in its place; move it away`)
    expect(await readdir(folder)).toEqual(['taken'])
  })

  it('says so when a part of the path is a file, or is missing', async () => {
    await writeFile(join(folder, 'file'), '')
    expect((await failureOf(replaceFile(join(folder, 'file/x'), 'x', { mode: 0o600 }))).message).toBe(
      `cannot write ${folder}/file/x: a part of its path is a file where a directory should be; move that file away`,
    )
    expect((await failureOf(replaceFile(join(folder, 'none/x'), 'x', { mode: 0o600 }))).message).toBe(
      `cannot write ${folder}/none/x: it or its directory does not exist; create it`,
    )
  })
})

describe.skipIf(isRoot)('replaceFile as a plain user', () => {
  const uid = userInfo().uid

  it('names the mode of a directory of its own that refuses', async () => {
    await chmod(folder, 0o500)
    const failure = await failureOf(replaceFile(join(folder, 'x'), 'x', { mode: 0o600 }))
    await chmod(folder, 0o700)
    expect(failure.message).toBe(
      `cannot write ${folder}/x: permission denied by the mode 0500 of ${folder}; run "chmod u+rwX ${folder}"`,
    )
  })

  it('names both users when the directory belongs to someone else', async () => {
    const failure = await failureOf(replaceFile('/usr/x', 'x', { mode: 0o600 }))
    expect(failure.message).toBe(
      `cannot write /usr/x: permission denied: /usr belongs to uid 0 (mode 0755), and this process runs as uid ${uid}; run "chown -R ${uid} /usr" as root`,
    )
  })

  it('names what refuses without the link that leads to it: the advice is run as root', async () => {
    await symlink('/usr', join(folder, 'link'))
    const failure = await failureOf(replaceFile(join(folder, 'link/x'), 'x', { mode: 0o600 }))
    expect(failure.message).toContain(
      `cannot write ${folder}/link/x: permission denied: /usr belongs to uid 0`,
    )
    expect(failure.message).toContain(`run "chown -R ${uid} /usr" as root`)
  })

  it('names both owners when it may not give the file away', async () => {
    const failure = await failureOf(
      replaceFile(join(folder, 'x'), 'x', { mode: 0o600, owner: { uid: 0, gid: 0 } }),
    )
    expect(failure.message).toMatch(
      new RegExp(
        `^cannot write ${folder}/x: it belongs to 0:0, and this process runs as ${uid}:\\d+ and cannot change its owner`,
      ),
    )
    expect(await readdir(folder)).toEqual([])
  })
})

// Skipped for a plain user: only root may give files away and mount.
describe.runIf(isRoot)('replaceFile as root', () => {
  it('gives the file to the owner asked for', async () => {
    await chown(folder, 1001, 1002)
    await replaceFile(join(folder, 'theirs'), 'x', { mode: 0o640, owner: { uid: 1001, gid: 1002 } })
    expect(await stat(join(folder, 'theirs'))).toMatchObject({ uid: 1001, gid: 1002 })
    expect(await modeOf(join(folder, 'theirs'))).toBe(0o640)
  })

  describe.runIf(mayMount)('on a file system of 256 kB (needs the right to mount)', () => {
    beforeEach(() => void execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]))
    afterEach(() => void execFileSync('umount', [folder]))

    it('keeps the old file when the disk is full', async () => {
      const path = join(folder, 'x')
      await writeFile(path, 'old')
      const failure = await failureOf(replaceFile(path, Buffer.alloc(1024 * 1024), { mode: 0o600 }))
      expect(failure.message).toBe(
        `cannot write ${path}: the volume is full; free space on it, or enlarge it`,
      )
      expect(await readFile(path, 'utf8')).toBe('old')
      expect(await readdir(folder)).toEqual(['x'])
    })

    it('keeps the old file when the file system is read-only', async () => {
      execFileSync('mount', ['-o', 'remount,ro', folder])
      const failure = await failureOf(replaceFile(join(folder, 'x'), 'x', { mode: 0o600 }))
      expect(failure.message).toBe(
        `cannot write ${folder}/x: the file system is read-only; mount the volume writable (without \`:ro\`)`,
      )
    })
  })
})
