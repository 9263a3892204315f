/**
 * What may be wrong with the place before anything runs in it, judged from observed facts: pure. A finding names
 * the line that mends it. `refuse` is for what cannot go well, or would harm the data; everything else is a
 * warning, because a database that comes up badly is worth more than none.
 */

import { printableName } from '../printable.ts'
import { productOf, type Release } from '../greenplum/release.ts'

export interface Finding {
  readonly id: string
  readonly level: 'warn' | 'refuse'
  readonly text: string
  /** The line of the compose file, or the command, that mends it. */
  readonly mend: string
}

/** A fact that could not be read is undefined and gives no finding. */
export interface Facts {
  readonly host: {
    readonly name: string
    /** The name that the first start wrote down, and whether it still leads to this host. */
    readonly first: { readonly name: string; readonly leadsHere: boolean } | undefined
  }
  /** There are servers on the volume already. */
  readonly hasCluster: boolean
  readonly openFiles: number | undefined
  /** kernel.sem: semaphores a set, in all, operations a call, sets. */
  readonly semaphores: readonly number[] | undefined
  readonly sharedMemoryBytes: number | undefined
  readonly memoryBytes: number | undefined
  readonly volume: {
    readonly path: string
    readonly freeBytes: number | undefined
    readonly readOnly: boolean
  }
  /** Mounts below data directory and home, other than the volume itself. */
  readonly readOnlyMounts: readonly string[]
  /** Without a name: a number that has no account here. */
  readonly user: { readonly name: string; readonly uid: number }
  /** GREENPLUM_DATABASE_NAME, on the host that makes it. */
  readonly database: string | undefined
  /** undefined where there is no coordinator, or nothing to ask. */
  readonly releases: { readonly cluster: Release; readonly image: Release } | undefined
  /** Folders with half-made clusters of first starts that never came to their end. */
  readonly interrupted: readonly string[]
  /** Folders on the volume that belong to somebody else. */
  readonly foreign: readonly { readonly path: string; readonly uid: number }[]
  /** undefined where PXF is switched off. */
  readonly pxf:
    | {
        readonly heapBytes: number | undefined
        readonly javaHome: string
        readonly javaFound: boolean
        readonly javaMajor: number | undefined
      }
    | undefined
}

const mebi = 1024 * 1024
const gibi = 1024 * mebi

/** Greenplum warns below it. */
const leastOpenFiles = 65_535
/** Three fresh servers of Greenplum 6 take 403 MB, and a little more while they are made. */
const firstStartBytes = 512 * mebi
const comfortableBytes = gibi
/** A first start that fails again and again leaves half a gigabyte each time, and Docker repeats it for ever. */
const mostInterrupted = 5
/** Docker gives 64 MiB, which parallel plans and large sorts outgrow. */
const leastSharedMemoryBytes = 256 * mebi
/** What one server needs before the first query. */
const serverBytes = 256 * mebi
const servers = 3
/** PostgreSQL takes sets of 17; three servers with their default connections need about 120 of them. */
const semaphoresASet = 17
const leastSets = 128
/** PXF 6 runs on 8 and 11, some of the family's on 17. */
const knownJava: readonly number[] = [8, 11, 17, 21]

const size = (bytes: number): string =>
  bytes >= gibi ? `${(bytes / gibi).toFixed(1)} GiB` : `${Math.round(bytes / mebi)} MiB`

export function judge(facts: Facts): Finding[] {
  return [
    ...account(facts),
    ...release(facts),
    ...databaseName(facts),
    ...hostname(facts),
    ...readOnly(facts),
    ...owners(facts),
    ...disk(facts),
    ...interrupted(facts),
    ...memory(facts),
    ...sharedMemory(facts),
    ...openFiles(facts),
    ...semaphores(facts),
    ...java(facts),
  ]
}

function account({ user: { name, uid } }: Facts): Finding[] {
  if (name === '') {
    const text = `this container runs as user ${uid}, which has no account in it; Greenplum's tools need one`
    const mend =
      'leave out --user (in the compose file: user:), the image becomes the administrator by itself; its number is set with GREENPLUM_UID'
    return [{ id: 'account', level: 'refuse', text, mend }]
  }
  if (uid !== 0) return []
  const text = "this runs as root; Greenplum's servers refuse root"
  const mend = "keep the image's own entrypoint, which becomes the administrator; it was replaced"
  return [{ id: 'root', level: 'refuse', text, mend }]
}

/** A server refuses the files of another release, and the start script would have written beside them by then. */
function release({ releases, hasCluster }: Facts): Finding[] {
  const { cluster, image } = releases ?? {}
  if (!hasCluster || cluster?.postgres === undefined || image?.postgres === undefined) return []
  const [made, has] = [productOf(cluster.postgres), productOf(image.postgres)]
  const move = 'or give this image a volume of its own and move the data with pg_dump'
  if (cluster.postgres !== image.postgres) {
    const text = `the volume was made by ${made}, this image has ${has}; neither opens the data of the other`
    return [{ id: 'release', level: 'refuse', text, mend: `start it with an image of ${made}, ${move}` }]
  }
  if (cluster.catalog === undefined || image.catalog === undefined || cluster.catalog === image.catalog)
    return []
  const text = `the volume was made by a ${made} with catalog version ${cluster.catalog}, the one of this image has ${image.catalog}; neither opens the data of the other`
  return [{ id: 'release', level: 'refuse', text, mend: `start it with the image that made it, ${move}` }]
}

/** What the base image's script, and gpinitsystem, which reads the name from a file of shell, can make. */
const nameToMake = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const madeAlready: readonly string[] = ['postgres', 'template1']

/** On a later start any name will do: the supervisor makes what is missing, in a session. */
function databaseName({ database, hasCluster }: Facts): Finding[] {
  if (database === undefined || hasCluster) return []
  if (nameToMake.test(database) && !madeAlready.includes(database)) return []
  const text = `GREENPLUM_DATABASE_NAME is ${JSON.stringify(database)}; a first start cannot make a database of that name`
  const mend =
    'allowed on a first start: letters, digits, _ . and -, none of the last two in front, and not postgres or template1'
  return [{ id: 'database-name', level: 'refuse', text, mend }]
}

function hostname({ host: { name, first }, hasCluster }: Facts): Finding[] {
  if (!hasCluster || first === undefined || first.name === name) return []
  const text = `this host is called ${name}, and the cluster was made on ${first.name}, which stands in its catalog`
  const mend = `in the compose file: hostname: ${first.name}`
  if (first.leadsHere)
    return [{ id: 'hostname', level: 'warn', text: `${text}; that name still leads here`, mend }]
  return [{ id: 'hostname', level: 'refuse', text: `${text}; under another name it does not start`, mend }]
}

function readOnly({ volume, readOnlyMounts }: Facts): Finding[] {
  const own = volume.readOnly
    ? [
        {
          id: 'read-only',
          level: 'refuse' as const,
          text: `${volume.path} is mounted read-only`,
          mend: `in the compose file, without ":ro": - greenplum_data:${volume.path}`,
        },
      ]
    : []
  const below = readOnlyMounts.map((path) => ({
    id: 'read-only',
    level: 'warn' as const,
    text: `${path} is mounted read-only; what belongs there cannot be written`,
    mend: `in the compose file, take ":ro" off the volume of ${path}`,
  }))
  return [...own, ...below]
}

function owners({ foreign, user, volume }: Facts): Finding[] {
  // The data is not theirs in any case; see `account`.
  if (user.name === '' || user.uid === 0) return []
  return foreign.slice(0, 1).map(({ path, uid }) => ({
    id: 'owner',
    level: 'refuse',
    text: `${path} belongs to user ${uid}, and Greenplum runs as ${user.name} (${user.uid}), which must own its data`,
    mend: `docker compose run --rm --no-deps --user root --entrypoint chown greenplum -R ${user.uid} ${volume.path}`,
  }))
}

function disk({ volume: { path, freeBytes }, hasCluster }: Facts): Finding[] {
  if (freeBytes === undefined) return []
  const mend = `make room on the disk of ${path}, for instance with \`docker system prune\``
  if (!hasCluster && freeBytes < firstStartBytes) {
    const text = `${path} has ${size(freeBytes)} free; a first start needs ${size(firstStartBytes)}`
    return [{ id: 'disk', level: 'refuse', text, mend }]
  }
  if (freeBytes >= comfortableBytes) return []
  const text = `${path} has ${size(freeBytes)} free; a full disk stops the database`
  return [{ id: 'disk', level: 'warn', text, mend }]
}

function interrupted({ interrupted: folders, hasCluster, volume: { path } }: Facts): Finding[] {
  if (folders[0] === undefined) return []
  const first = printableName(folders[0])
  const refuse = !hasCluster && folders.length >= mostInterrupted
  const many = `${folders.length} half-made clusters of interrupted first starts lie aside, the first in ${first}`
  const one = `1 half-made cluster of an interrupted first start lies aside, in ${first}`
  const text = `${folders.length === 1 ? one : many}; nobody has data there`
  const again = refuse ? '; see in the log why they ended, before it is tried again' : ''
  const mend = `docker compose run --rm --no-deps --entrypoint bash greenplum -c 'rm -rf ${path}/.gp-supervisor/interrupted-*'`
  return [{ id: 'interrupted', level: refuse ? 'refuse' : 'warn', text: `${text}${again}`, mend }]
}

function memory({ memoryBytes, pxf }: Facts): Finding[] {
  const heap = pxf?.heapBytes ?? 0
  const needed = heap + servers * serverBytes
  if (memoryBytes === undefined || memoryBytes >= needed) return []
  const forPxf = pxf === undefined ? '' : `, PXF's heap of ${size(heap)} included`
  return [
    {
      id: 'memory',
      level: 'warn',
      text: `${size(memoryBytes)} of memory; ${servers} servers need ${size(needed)}${forPxf}`,
      mend: `in the compose file: mem_limit: ${Math.ceil(needed / gibi)}g, or a smaller -Xmx in PXF_JVM_OPTS (once there is a $PXF_BASE/conf/pxf-env.sh: in its line)`,
    },
  ]
}

function sharedMemory({ sharedMemoryBytes }: Facts): Finding[] {
  if (sharedMemoryBytes === undefined || sharedMemoryBytes >= leastSharedMemoryBytes) return []
  const text = `/dev/shm has ${size(sharedMemoryBytes)}; Greenplum wants at least ${size(leastSharedMemoryBytes)}`
  return [{ id: 'shared-memory', level: 'warn', text, mend: 'in the compose file: shm_size: 1gb' }]
}

function openFiles({ openFiles: limit }: Facts): Finding[] {
  if (limit === undefined || limit >= leastOpenFiles) return []
  const text = `${limit} files may be open; Greenplum wants ${leastOpenFiles} or more`
  return [{ id: 'open-files', level: 'warn', text, mend: 'in the compose file: ulimits: { nofile: 65536 }' }]
}

function semaphores({ semaphores: limits }: Facts): Finding[] {
  const [aSet = 0, all = 0, , sets = 0] = limits ?? []
  if (limits === undefined) return []
  const text = `kernel.sem is ${limits.join(' ')}; three servers need ${semaphoresASet} a set and about ${leastSets} sets`
  const mend = 'in the compose file: sysctls: { kernel.sem: "500 1024000 200 4096" }'
  if (aSet < semaphoresASet) return [{ id: 'semaphores', level: 'refuse', text, mend }]
  return sets < leastSets || all < leastSets * semaphoresASet
    ? [{ id: 'semaphores', level: 'warn', text, mend }]
    : []
}

function java({ pxf }: Facts): Finding[] {
  if (pxf === undefined) return []
  const mend = 'use a base image with PXF and its Java, or switch PXF off: GREENPLUM_PXF_ENABLE: "false"'
  if (!pxf.javaFound) {
    const where = pxf.javaHome === '' ? 'JAVA_HOME is not set' : `there is no ${pxf.javaHome}/bin/java`
    return [{ id: 'java', level: 'warn', text: `${where}; PXF will not start, the database will`, mend }]
  }
  if (pxf.javaMajor === undefined || knownJava.includes(pxf.javaMajor)) return []
  const text = `Java is version ${pxf.javaMajor}; PXF runs on ${knownJava.join(', ')}`
  return [{ id: 'java', level: 'warn', text, mend }]
}
