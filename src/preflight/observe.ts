/** Reads the facts for `judgePlace`. Facts that cannot be read are undefined. Nothing here writes. */
import { lookup } from 'node:dns/promises'
import { access, constants, readFile, stat, statfs } from 'node:fs/promises'
import { hostname, networkInterfaces, totalmem, userInfo } from 'node:os'
import { join } from 'node:path'
import { currentUid } from '../atomic-file.ts'
import { shownImage, type Config } from '../config/config.ts'
import { isCoordinator } from '../config/role.ts'
import { errnoOf } from '../errors.ts'
import { isStartedByRoot } from '../greenplum/processes.ts'
import { clusterRelease, imageRelease } from '../greenplum/release.ts'
import { readRegular } from '../regular-file.ts'
import { deadline } from '../time.ts'
import type { VolumeFacts } from '../volume/observe.ts'
import { hasCluster } from '../volume/start-plan.ts'
import type { PlaceFacts } from './facts.ts'

/** A name server that hangs must not delay the start. */
const lookupMs = 1000

type Tools = () => Promise<Readonly<Record<string, string>> | undefined>

/** @param toolEnvironment failures are ignored here, because whoever needs the environment reports them */
export async function observePlace(
  config: Config,
  volume: VolumeFacts,
  toolEnvironment: Tools,
): Promise<PlaceFacts> {
  const { greenplum } = config
  const { dataDirectory, directories, interrupted } = volume
  const user = await whoRuns()
  const tools = toolEnvironment().catch(() => undefined)
  const [
    mounts,
    limits,
    semaphores,
    first,
    shared,
    disk,
    memoryBytes,
    foreign,
    readOnlyFolders,
    pxf,
    releases,
  ] = await Promise.all([
    readText('/proc/self/mountinfo'),
    readText('/proc/self/limits'),
    readText('/proc/sys/kernel/sem'),
    firstHost(config, user.home),
    sizeOf('/dev/shm'),
    sizeOf(dataDirectory),
    memoryLimit(),
    foreignOwners([dataDirectory, ...directories], user.uid),
    unwritable([user.home, '/tmp']),
    config.pxf.enabled ? tools.then((given) => observeJava(config, given?.['JAVA_HOME'] ?? '')) : undefined,
    tools.then((given) => observeReleases(greenplum.coordinatorDirectory, given)),
  ])
  const readOnly = readOnlyMounts(mounts)
  const written = [dataDirectory, ...(user.home === '' ? [] : [user.home])]
  return {
    profile: greenplum.profile,
    image: shownImage(config),
    withoutEffect: config.withoutEffect,
    host: { name: hostname(), first },
    hasCluster: hasCluster(volume),
    openFiles: openFilesLimit(limits),
    semaphores: semaphores === '' ? undefined : semaphores.trim().split(/\s+/).map(Number),
    sharedMemoryBytes: shared?.total,
    memoryBytes,
    volume: { path: dataDirectory, freeBytes: disk?.free, readOnly: readOnly.includes(dataDirectory) },
    readOnlyMounts: readOnly.filter(
      (path) =>
        path !== dataDirectory && written.some((folder) => path === folder || path.startsWith(`${folder}/`)),
    ),
    unwritable: readOnlyFolders,
    byRoot: isStartedByRoot(),
    user,
    database: isCoordinator(greenplum) ? greenplum.database : undefined,
    releases,
    interrupted,
    foreign,
    pxf,
  }
}

/** Those on a file system that is read-only. Whose permissions are wrong, the start script will say. */
async function unwritable(folders: readonly string[]): Promise<string[]> {
  const ends = await Promise.all(
    folders.map((folder) =>
      access(folder, constants.W_OK).then(
        () => [],
        (error: unknown) => (errnoOf(error) === 'EROFS' ? [folder] : []),
      ),
    ),
  )
  return ends.flat()
}

/** A container may run with a uid that has no account; then there is neither a name nor a home directory. */
async function whoRuns(): Promise<{ name: string; uid: number; home: string }> {
  try {
    const { username, uid, homedir } = userInfo()
    return { name: username, uid, home: homedir }
  } catch {
    return { name: '', uid: await currentUid(), home: '' }
  }
}

/** This costs time at every start, so it runs only if there is a server to compare. */
async function observeReleases(
  coordinatorDirectory: string,
  tools: Readonly<Record<string, string>> | undefined,
): Promise<PlaceFacts['releases']> {
  const hasServer = (await readPlain(join(coordinatorDirectory, 'PG_VERSION'))) !== ''
  if (tools === undefined || !hasServer) return undefined
  const [cluster, image] = await Promise.all([
    clusterRelease(coordinatorDirectory, tools),
    imageRelease(tools),
  ])
  return { cluster, image }
}

/** For files of the kernel. */
const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
/** For ordinary files, on the volume or elsewhere. */
const readPlain = (path: string): Promise<string> => readRegular(path).catch(() => '')

/** The name that was passed to gpinitsystem; every role of one cluster shares the file. */
async function firstHost({ greenplum }: Config, home: string): Promise<PlaceFacts['host']['first']> {
  if (!isCoordinator(greenplum)) return undefined
  const name = coordinatorName(
    await readPlain(join(greenplum.dataDirectory, greenplum.profile.layout.initFile)),
  )
  if (name === undefined) return undefined
  const own = hostname()
  if (name === own) return { name, reach: 'own' }
  if (isAlias(await readText('/etc/hosts'), { own, name })) return { name, reach: 'alias' }
  const isLetIn = (await readPlain(join(home, '.ssh/authorized_keys'))) !== ''
  return { name, reach: isLetIn && (await leadsHere(name)) ? 'login' : 'none' }
}

/** Whether a line of /etc/hosts has both names. gpssh-exkeys takes what is in the line of its own name for this host. */
export function isAlias(
  hosts: string,
  { own, name }: { readonly own: string; readonly name: string },
): boolean {
  const lines = hosts.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return lines.some((names) => names.includes(own) && names.includes(name))
}

export function coordinatorName(gpinitsystemConfig: string): string | undefined {
  return /^\s*(?:MASTER|COORDINATOR)_HOSTNAME=["']?([^"'\s#]+)/m.exec(gpinitsystemConfig)?.[1]
}

async function leadsHere(name: string): Promise<boolean> {
  const own = Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.map(({ address }) => address) ?? [],
  )
  const limit = deadline(lookupMs)
  const late = new Promise<readonly { address: string }[]>((resolve) =>
    limit.signal.addEventListener('abort', () => resolve([]), { once: true }),
  )
  try {
    const found = await Promise.race([lookup(name, { all: true }).catch(() => []), late])
    return found.some(({ address }) => own.includes(address))
  } finally {
    limit.clear()
  }
}

/** proc(5): the fifth field is the mount point, the sixth the mount options. */
export function readOnlyMounts(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter((words) => words[5]?.split(',').includes('ro'))
    .map((words) => (words[4] ?? '').replaceAll(String.raw`\040`, ' '))
}

/** The soft limit, because `gpstart` does not raise it. */
export function openFilesLimit(limits: string): number | undefined {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
  return found === undefined || found === 'unlimited' ? undefined : Number(found)
}

async function sizeOf(path: string): Promise<{ total: number; free: number } | undefined> {
  const stats = await statfs(path).catch(() => undefined)
  return stats && { total: stats.blocks * stats.bsize, free: stats.bavail * stats.bsize }
}

/** The container's limit (cgroup 2, then 1), or else the memory of the machine. */
async function memoryLimit(): Promise<number> {
  const limits = await Promise.all(
    ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'].map(readText),
  )
  // "max", and in version 1 a number near 2^63, mean no limit.
  return Math.min(totalmem(), ...limits.map(Number).filter((bytes) => bytes > 0))
}

async function foreignOwners(paths: readonly string[], uid: number): Promise<PlaceFacts['foreign']> {
  const owners = await Promise.all(
    paths.map(async (path) => ({ path, uid: (await stat(path).catch(() => undefined))?.uid ?? uid })),
  )
  return owners.filter((owner) => owner.uid !== uid)
}

async function observeJava(config: Config, javaHome: string): Promise<NonNullable<PlaceFacts['pxf']>> {
  const own = await readPlain(join(config.pxf.base, 'conf/pxf-env.sh'))
  const java = join(javaHome, 'bin/java')
  const executable = await access(java, constants.X_OK).then(
    () => true,
    () => false,
  )
  return {
    heapBytes: heapOf(own) ?? heapOf(config.pxf.jvmOptions),
    javaHome,
    javaFound: javaHome !== '' && executable,
    javaMajor: javaMajor(await readPlain(join(javaHome, 'release'))),
    javaKnown: config.greenplum.profile.pxf.java,
  }
}

const units: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** As in the JVM, the last -Xmx counts. Comment lines are ignored. */
export function heapOf(text: string): number | undefined {
  const live = text.replaceAll(/^\s*#.*$/gm, '')
  const [, amount, unit] = [...live.matchAll(/-Xmx(\d+)([kmg])?/gi)].at(-1) ?? []
  if (amount === undefined) return undefined
  return Number(amount) * (units[unit?.toLowerCase() ?? ''] ?? 1)
}

/** From the file `release` of a JDK: JAVA_VERSION="11.0.22", or "1.8.0_392". */
export function javaMajor(release: string): number | undefined {
  const [, first, second] = /^JAVA_VERSION="(\d+)(?:\.(\d+))?/m.exec(release) ?? []
  return first === undefined ? undefined : Number(first === '1' ? second : first)
}
