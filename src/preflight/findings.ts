/**
 * What may be wrong with the place before anything runs in it, judged from observed facts: pure. `refuse` is for what
 * cannot go well, or would harm the data; everything else is a warning, because a database that comes up badly is worth
 * more than none.
 */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { productOf } from '../greenplum/release.ts'
import { families } from '../image/families.ts'
import { variableName } from '../image/profile.ts'
import { familyVariable } from '../image/recognise.ts'
import { printableName } from '../printable.ts'
import type { PlaceFacts } from './facts.ts'
import { gibi, java, mebi, memory, openFiles, semaphores, sharedMemory, size } from './resources.ts'

/** Three fresh servers of Greenplum 6 take 403 MB, and a little more while they are made. */
const firstStartBytes = 512 * mebi
const comfortableBytes = gibi
/** A first start that fails again and again leaves half a gigabyte each time, and a restart policy repeats it for ever. */
const mostInterrupted = 5

export function judgePlace(facts: PlaceFacts, advice: Advice): Finding[] {
  const judges = [
    account,
    unknownImage,
    ({ withoutEffect }: PlaceFacts) => [...withoutEffect],
    release,
    databaseName,
    hostname,
    readOnly,
    owners,
    disk,
    interrupted,
    memory,
    sharedMemory,
    openFiles,
    semaphores,
    java,
  ]
  return judges.flatMap((judge) => judge(facts, advice))
}

function account({ user: { name, uid }, profile }: PlaceFacts, { setting }: Advice): Finding[] {
  if (name === '') {
    return [
      finding('place.account', {
        text: `this container runs as user ${uid}, which has no account in it`,
        cause: "Greenplum's tools need one",
        fix: `${setting.imageUser}, the image becomes the administrator by itself; its number is set with ${profile.prefix}_UID`,
        where: String(uid),
      }),
    ]
  }
  if (uid !== 0) return []
  return [
    finding('place.root', {
      text: 'this runs as root',
      cause: "Greenplum's servers refuse root",
      fix: "keep the image's own entrypoint, which becomes the administrator; it was replaced",
    }),
  ]
}

function unknownImage({ image: { family, chosen, reason } }: PlaceFacts, { variable }: Advice): Finding[] {
  if (chosen !== 'nearest') return []
  const known = families.map((profile) => profile.family).join(', ')
  return [
    finding('place.image-family', {
      text: `this image is of no family that is known; it is treated as ${family}`,
      cause: reason,
      fix: `${variable(familyVariable, family)}, or the family that it is of: ${known}`,
      where: familyVariable,
    }),
  ]
}

/** A server refuses the files of another release, and the start script would have written beside them by then. */
function release({ releases, hasCluster, volume }: PlaceFacts): Finding[] {
  const { cluster, image } = releases ?? {}
  if (!hasCluster || cluster?.postgres === undefined || image?.postgres === undefined) return []
  const [made, has] = [productOf(cluster.postgres), productOf(image.postgres)]
  const refused = (text: string, suitable: string): Finding[] => [
    finding('place.release', {
      text,
      cause: 'neither opens the data of the other',
      fix: `start it with ${suitable}, or give this image a volume of its own and move the data with pg_dump`,
      where: volume.path,
    }),
  ]
  if (cluster.postgres !== image.postgres)
    return refused(`the volume was made by ${made}, this image has ${has}`, `an image of ${made}`)
  if (cluster.catalog === undefined || image.catalog === undefined || cluster.catalog === image.catalog)
    return []
  return refused(
    `the volume was made by a ${made} with catalog version ${cluster.catalog}, the one of this image has ${image.catalog}`,
    'the image that made it',
  )
}

/** What the base image's script, and gpinitsystem, which reads the name from a file of shell, can make. */
const nameToMake = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const madeAlready: readonly string[] = ['postgres', 'template1']

/** On a later start any name will do: the supervisor makes what is missing, in a session. */
function databaseName({ database, hasCluster, profile }: PlaceFacts): Finding[] {
  if (database === undefined || hasCluster) return []
  if (nameToMake.test(database) && !madeAlready.includes(database)) return []
  const variable = variableName(profile, 'DATABASE_NAME')
  return [
    finding('place.database-name', {
      text: `${variable} is ${JSON.stringify(database)}; a first start cannot make a database of that name`,
      fix: 'allowed on a first start: letters, digits, _ . and -, none of the last two in front, and not postgres or template1',
      where: variable,
    }),
  ]
}

function hostname({ host: { name, first }, hasCluster }: PlaceFacts, { setting }: Advice): Finding[] {
  if (!hasCluster || first === undefined || first.name === name) return []
  return [
    finding('place.hostname', {
      severity: first.leadsHere ? 'warning' : 'refuse',
      text: `this host is called ${name}, and the cluster was made on ${first.name}, which is in its catalog`,
      cause: first.leadsHere ? 'that name still leads here' : 'under another name it does not start',
      fix: setting.hostname(first.name),
      where: name,
    }),
  ]
}

function readOnly({ volume, readOnlyMounts }: PlaceFacts, { setting }: Advice): Finding[] {
  const own = volume.readOnly
    ? [
        finding('place.read-only', {
          severity: 'refuse',
          text: `${volume.path} is mounted read-only`,
          fix: setting.writableVolume(volume.path),
          where: volume.path,
        }),
      ]
    : []
  const below = readOnlyMounts.map((path) =>
    finding('place.read-only', {
      severity: 'warning',
      text: `${path} is mounted read-only`,
      cause: 'what belongs there cannot be written',
      fix: setting.writableMount(path),
      where: path,
    }),
  )
  return [...own, ...below]
}

function owners({ foreign, user, volume }: PlaceFacts, advice: Advice): Finding[] {
  // The data is not theirs in any case; see `account`.
  if (user.name === '' || user.uid === 0) return []
  return foreign.slice(0, 1).map(({ path, uid }) =>
    finding('place.owner', {
      text: `${path} belongs to user ${uid}, and Greenplum runs as ${user.name} (${user.uid}), which must own its data`,
      fix: advice.beside('chown', `-R ${user.uid} ${volume.path}`, 'root'),
      where: path,
    }),
  )
}

function disk({ volume: { path, freeBytes }, hasCluster }: PlaceFacts, { setting }: Advice): Finding[] {
  if (freeBytes === undefined || freeBytes >= comfortableBytes) return []
  const refuse = !hasCluster && freeBytes < firstStartBytes
  return [
    finding('place.disk', {
      severity: refuse ? 'refuse' : 'warning',
      text: `${path} has ${size(freeBytes)} free`,
      cause: refuse ? `a first start needs ${size(firstStartBytes)}` : 'a full disk stops the database',
      fix: setting.diskSpace(path),
      where: path,
    }),
  ]
}

function interrupted(facts: PlaceFacts, advice: Advice): Finding[] {
  const { interrupted: folders, hasCluster, volume } = facts
  if (folders[0] === undefined) return []
  const first = printableName(folders[0])
  const refuse = !hasCluster && folders.length >= mostInterrupted
  const many = `${folders.length} half-made clusters of interrupted first starts were moved aside, the first to ${first}`
  const one = `1 half-made cluster of an interrupted first start was moved aside, to ${first}`
  const again = refuse ? '; see in the log why they ended, before it is tried again' : ''
  return [
    finding('place.interrupted', {
      severity: refuse ? 'refuse' : 'warning',
      text: folders.length === 1 ? one : many,
      cause: `nobody has data there${again}`,
      // Says nothing of a name that somebody made.
      fix: advice.beside('bash', `-c 'rm -rf ${volume.path}/.gp-supervisor/interrupted-*'`),
      where: volume.path,
    }),
  ]
}
