/** In what another host of the cluster differs from the coordinator. All have to have the same image. Pure. */
import { posix } from 'node:path'
import type { HostDescription } from './host-description.ts'

export interface Unequal {
  readonly hostname: string
  /** Sentences without a subject. */
  readonly differences: readonly string[]
}

type Image = Pick<HostDescription, 'supervisor' | 'greenplum' | 'pxf' | 'files'>

const versions = [
  ['greenplum', 'Greenplum'],
  ['pxf', 'PXF'],
  ['supervisor', 'gp-supervisor'],
] as const

/** A host of another build may differ in every file. */
const mostNamed = 3

/** @returns the weightiest first; empty where both are alike */
export function differences(own: Image, other: Image): string[] {
  const ofVersions = versions.flatMap(([key, name]) =>
    own[key] === other[key] ? [] : [`it has ${name} ${other[key]}, and the coordinator ${own[key]}`],
  )
  const paths = [...new Set([...Object.keys(own.files), ...Object.keys(other.files)])]
    .filter((path) => own.files[path] !== other.files[path])
    .toSorted((a, b) => Number(isLibrary(b)) - Number(isLibrary(a)) || a.localeCompare(b))
  const named = paths.slice(0, mostNamed).map((path) => fileDifference(path, own, other))
  const more = paths.length - named.length
  return [...ofVersions, ...named, ...(more > 0 ? [`${more} more files differ`] : [])]
}

/** Without it, queries fail on that host's segments. */
const isLibrary = (path: string): boolean => posix.extname(path) === '.so'

function fileDifference(path: string, own: Image, other: Image): string {
  if (other.files[path] === undefined) return `it lacks ${path}`
  return own.files[path] === undefined ? `only it has ${path}` : `its ${path} is another`
}
