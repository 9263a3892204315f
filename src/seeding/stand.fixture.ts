/** For tests: an image and a volume in a temporary directory, as in the demo environment. */
import { spawnSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { SupervisorError } from '../errors.ts'
import type { SeedMode } from './plan.ts'
import type { SeedOptions } from './reconcile.ts'

export const isRoot = userInfo().uid === 0
/** Root in an ordinary container is not allowed to mount. */
export const mayMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0

export const site = `<?xml version="1.0"?>
<!-- \${env:NOT_NEEDED} -->
<configuration>
  <property><name>jdbc.url</name><value>jdbc:postgresql://bookings-db:5432/demo?a=1&amp;b=2</value></property>
  <property><name>jdbc.user</name><value>\${env:BOOKINGS_DB_USER}</value></property>
  <property><name>jdbc.password</name><value>\${env:BOOKINGS_DB_PASSWORD}</value></property>
</configuration>
`
export const sitePath = 'servers/bookings-db/jdbc-site.xml'
export const password = 'p&ss<w>"ord'

export interface Stand {
  readonly folder: string
  readonly seedDir: string
  readonly confSeedDir: string
  readonly base: string
  readonly options: (mode?: SeedMode, changes?: Partial<SeedOptions>) => SeedOptions
  /** Writes a file of the image; `template:…` stands for PXF's templates of `conf/`. */
  readonly image: (path: string, content: string | Uint8Array, mode?: number) => Promise<string>
  readonly volume: (path: string, content: string | Uint8Array, mode?: number) => Promise<string>
  readonly read: (path: string) => Promise<string>
  readonly mode: (path: string) => Promise<string>
  /** Every path below PXF_BASE with its contents, for checking that nothing was written. */
  readonly everything: () => Promise<Record<string, string>>
  readonly remove: () => Promise<void>
}

export async function makeStand(): Promise<Stand> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'seeding-')))
  const [seedDir, confSeedDir, base] = [join(folder, 'seed'), join(folder, 'conf'), join(folder, 'data/pxf')]
  const put = async (path: string, content: string | Uint8Array, mode = 0o644) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    await chmod(path, mode)
    return path
  }
  const stand: Stand = {
    folder,
    seedDir,
    confSeedDir,
    base,
    options: (mode = '0', changes = {}) => ({
      seedDir,
      confSeedDir,
      pxfBase: base,
      mode,
      environment: { BOOKINGS_DB_USER: 'bookings', BOOKINGS_DB_PASSWORD: password },
      jvmOptions: '-Xmx512m -Xms256m',
      now: () => new Date('2026-11-21T07:15:00.123Z'),
      ...changes,
    }),
    image: (path, content, mode) =>
      put(
        path.startsWith('template:') ? join(confSeedDir, path.slice(9)) : join(seedDir, path),
        content,
        mode,
      ),
    volume: (path, content, mode) => put(join(base, path), content, mode),
    read: (path) => readFile(join(base, path), 'utf8'),
    mode: async (path) => ((await stat(join(base, path))).mode & 0o7777).toString(8),
    everything: async () => {
      const names = await readdir(base, { recursive: true }).catch(() => [])
      const entries = names.map(async (name) => {
        const stats = await lstat(join(base, name))
        const content = stats.isFile() ? await readFile(join(base, name), 'latin1') : '(no file)'
        return [name, `${stats.mode.toString(8)} ${content}`] as const
      })
      return Object.fromEntries(await Promise.all(entries))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  await stand.image('lib/driver.jar', Buffer.from([0xca, 0xfe, 0, 0xff]))
  await stand.image(sitePath, site)
  await stand.image('template:pxf-env.sh', '#!/bin/bash\n# export PXF_JVM_OPTS="-Xmx2g -Xms1g"\n', 0o755)
  await stand.image('template:pxf-profiles.xml', '<?xml version="1.0"?>\n<profiles/>\n')
  await stand.image('template:pxf-application.properties', '# pxf.max.threads=200\n')
  await mkdir(dirname(base), { recursive: true })
  return stand
}

/** The text of the error with which `work` failed. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof SupervisorError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}
