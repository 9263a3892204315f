/**
 * Judges host and container before anything runs, from observed facts. `refuse` is used for what cannot succeed or
 * would harm the data. Everything else is a warning, because an impaired database is better than none. Pure.
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

/** Three new Greenplum 6 servers take 403 MB, and slightly more while they are created. */
const firstStartBytes = 512 * mebi
const comfortableBytes = gibi
/** Each failed first start leaves half a gigabyte, and a restart policy repeats it indefinitely. */
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
    unwritable,
    notByRoot,
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
        cause: "Greenplum's tools require one",
        fix: `${setting.imageUser}; the image itself switches to the administrator, whose uid is set with ${profile.prefix}_UID`,
        where: String(uid),
      }),
    ]
  }
  if (uid !== 0) return []
  return [
    finding('place.root', {
      text: 'the supervisor runs as root',
      cause: "Greenplum's servers refuse to run as root",
      fix: "the image's own entrypoint, which switches to the administrator, was replaced; keep it",
    }),
  ]
}

function unknownImage({ image: { family, chosen, reason } }: PlaceFacts, { variable }: Advice): Finding[] {
  if (chosen !== 'nearest') return []
  const known = families.map((profile) => profile.family).join(', ')
  return [
    finding('place.image-family', {
      text: `this image does not belong to a known family; it is treated as ${family}`,
      cause: reason,
      fix: `${variable(familyVariable, family)}, or the correct family, one of ${known}`,
      where: familyVariable,
    }),
  ]
}

/** A server refuses the files of another release, but the start script would already have written to the volume. */
function release({ releases, hasCluster, volume }: PlaceFacts): Finding[] {
  const { cluster, image } = releases ?? {}
  if (!hasCluster || cluster?.postgres === undefined || image?.postgres === undefined) return []
  const [made, has] = [productOf(cluster.postgres), productOf(image.postgres)]
  const refused = (text: string, suitable: string): Finding[] => [
    finding('place.release', {
      text,
      cause: 'neither release can open the data of the other',
      fix: `use ${suitable}, or give this image a volume of its own and move the data with pg_dump`,
      where: volume.path,
    }),
  ]
  if (cluster.postgres !== image.postgres)
    return refused(`the volume was created by ${made}, but this image has ${has}`, `an image of ${made}`)
  if (cluster.catalog === undefined || image.catalog === undefined || cluster.catalog === image.catalog)
    return []
  return refused(
    `the volume was created by ${made} with catalog version ${cluster.catalog}, but this image has catalog version ${image.catalog}`,
    'the image that created it',
  )
}

/** Names that the base image's script and gpinitsystem, which reads them from a shell file, can create. */
const nameToMake = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
const madeAlready: readonly string[] = ['postgres', 'template1']

/** On a later start every name is valid, because the supervisor creates the database in a session. */
function databaseName({ database, hasCluster, profile }: PlaceFacts): Finding[] {
  if (database === undefined || hasCluster) return []
  if (nameToMake.test(database) && !madeAlready.includes(database)) return []
  const variable = variableName(profile, 'DATABASE_NAME')
  return [
    finding('place.database-name', {
      text: `${variable} is ${JSON.stringify(database)}; a first start cannot create a database with that name`,
      fix: 'use letters, digits, _ . and -, with neither . nor - first, and neither postgres nor template1',
      where: variable,
    }),
  ]
}

function hostname({ host: { name, first }, hasCluster }: PlaceFacts, { setting }: Advice): Finding[] {
  if (!hasCluster || first === undefined || first.reach === 'own' || first.reach === 'alias') return []
  return [
    finding('place.hostname', {
      severity: first.reach === 'login' ? 'warning' : 'refuse',
      text: `the host name is ${name}, but the cluster was created on ${first.name}, which is in its catalog`,
      cause:
        first.reach === 'login'
          ? 'that name still resolves to this host'
          : 'it does not start under another name',
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
      cause: 'files cannot be written there',
      fix: setting.writableMount(path),
      where: path,
    }),
  )
  return [...own, ...below]
}

/** Without an account there is no home folder, and `account` reports that. */
function unwritable({ unwritable: folders }: PlaceFacts, { setting }: Advice): Finding[] {
  return folders.map((path) =>
    finding('place.unwritable', {
      text: `${path} cannot be written`,
      cause:
        'the start script and the tools of Greenplum write there; with a read-only root file system it needs a mount of its own',
      fix: path === '/tmp' ? setting.emptyMount(path) : setting.filledMount(path),
      where: path,
    }),
  )
}

function notByRoot({ byRoot, user }: PlaceFacts, { setting }: Advice): Finding[] {
  if (byRoot || user.name === '') return []
  return [
    finding('place.not-by-root', {
      text: 'the container was not started as root, so it has no sshd: gpinitsystem and gpstart cannot run',
      cause: 'an adopted prepared cluster and a fast start need none',
      fix: `if one of them is needed, ${setting.imageUser}`,
    }),
  ]
}

function owners({ foreign, user, volume }: PlaceFacts, advice: Advice): Finding[] {
  // Then every directory is foreign; `account` reports that.
  if (user.name === '' || user.uid === 0) return []
  return foreign.slice(0, 1).map(({ path, uid }) =>
    finding('place.owner', {
      text: `${path} belongs to uid ${uid}, but Greenplum runs as ${user.name} (${user.uid}) and must own its data`,
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
  const many = `${folders.length} incomplete clusters of interrupted first starts were moved aside, the first to ${first}`
  const one = `1 incomplete cluster of an interrupted first start was moved aside, to ${first}`
  const again = refuse ? '; find out from the log why the starts failed before you try again' : ''
  return [
    finding('place.interrupted', {
      severity: refuse ? 'refuse' : 'warning',
      text: folders.length === 1 ? one : many,
      cause: `${folders.length === 1 ? 'it contains' : 'they contain'} no data${again}`,
      // The command contains no name that a user could have chosen.
      fix: advice.beside('bash', `-c 'rm -rf ${volume.path}/.gp-supervisor/interrupted-*'`),
      where: volume.path,
    }),
  ]
}
