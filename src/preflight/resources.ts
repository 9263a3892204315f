/** Judges the resources of the container: memory, files, semaphores, and the Java of PXF. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'
import type { PlaceFacts } from './facts.ts'

export const mebi = 1024 * 1024
export const gibi = 1024 * mebi

export const size = (bytes: number): string =>
  bytes >= gibi ? `${(bytes / gibi).toFixed(1)} GiB` : `${Math.round(bytes / mebi)} MiB`

/** Greenplum warns below this limit. */
const leastOpenFiles = 65_535
/** A container has 64 MiB by default, which is too little for parallel plans and large sorts. */
const leastSharedMemoryBytes = 256 * mebi
/** The memory that one server needs before the first query. */
const serverBytes = 256 * mebi
const servers = 3
/** PostgreSQL uses sets of 17; three servers with their default connections need about 120 of them. */
const semaphoresASet = 17
const leastSets = 128

export function memory({ memoryBytes, pxf }: PlaceFacts, { setting }: Advice): Finding[] {
  const heap = pxf?.heapBytes ?? 0
  const needed = heap + servers * serverBytes
  if (memoryBytes === undefined || memoryBytes >= needed) return []
  const forPxf = pxf === undefined ? '' : `, including PXF's heap of ${size(heap)}`
  const smaller =
    pxf === undefined
      ? ''
      : ', or set a smaller -Xmx in PXF_JVM_OPTS (if $PXF_BASE/conf/pxf-env.sh exists, in that file)'
  return [
    finding('place.memory', {
      text: `there are ${size(memoryBytes)} of memory; ${servers} servers need ${size(needed)}${forPxf}`,
      fix: `${setting.memory(Math.ceil(needed / gibi))}${smaller}`,
    }),
  ]
}

export function sharedMemory({ sharedMemoryBytes }: PlaceFacts, { setting }: Advice): Finding[] {
  if (sharedMemoryBytes === undefined || sharedMemoryBytes >= leastSharedMemoryBytes) return []
  return [
    finding('place.shared-memory', {
      text: `/dev/shm has ${size(sharedMemoryBytes)}; Greenplum needs at least ${size(leastSharedMemoryBytes)}`,
      fix: setting.sharedMemory,
      where: '/dev/shm',
    }),
  ]
}

export function openFiles({ openFiles: limit }: PlaceFacts, { setting }: Advice): Finding[] {
  if (limit === undefined || limit >= leastOpenFiles) return []
  return [
    finding('place.open-files', {
      text: `the limit of open files is ${limit}; Greenplum needs at least ${leastOpenFiles}`,
      fix: setting.openFiles,
    }),
  ]
}

export function semaphores({ semaphores: limits }: PlaceFacts, { setting }: Advice): Finding[] {
  const [aSet = 0, all = 0, , sets = 0] = limits ?? []
  const refuse = aSet < semaphoresASet
  if (limits === undefined || (!refuse && sets >= leastSets && all >= leastSets * semaphoresASet)) return []
  return [
    finding('place.semaphores', {
      severity: refuse ? 'refuse' : 'warning',
      text: `kernel.sem is ${limits.join(' ')}; three servers need about ${leastSets} sets of ${semaphoresASet} semaphores`,
      fix: setting.semaphores,
      where: 'kernel.sem',
    }),
  ]
}

export function java({ pxf, profile }: PlaceFacts, { variable }: Advice): Finding[] {
  if (pxf === undefined) return []
  const unsuitable = (text: string, cause: string): Finding[] => [
    finding('place.java', {
      text,
      cause,
      fix: `use a base image with PXF and its Java, or disable PXF: ${variable(variableName(profile, 'PXF_ENABLE'), 'false')}`,
      where: pxf.javaHome,
    }),
  ]
  if (!pxf.javaFound) {
    const where = pxf.javaHome === '' ? 'JAVA_HOME is not set' : `there is no ${pxf.javaHome}/bin/java`
    return unsuitable(where, 'PXF will not start; the database will')
  }
  if (pxf.javaMajor === undefined || pxf.javaKnown.includes(pxf.javaMajor)) return []
  return unsuitable(`the Java version is ${pxf.javaMajor}`, `PXF supports ${pxf.javaKnown.join(', ')}`)
}
