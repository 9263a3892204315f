/** Decides whether a prepared cluster is the one that gpinitsystem would create here. Pure. */
import type { Config } from '../config/config.ts'
import { isWholeCluster } from '../config/role.ts'
import { differences, type Assignments } from './gpinitsystem.ts'
import type { Manifest } from './manifest.ts'

export interface HostFacts {
  readonly hostname: string
  /** The variables of the image that ask the start script for more than a plain cluster. */
  readonly extras: readonly string[]
  /** Undefined if gpinitsystem_config has more than assignments. */
  readonly assignments: Assignments | undefined
  /** The hosts of the file that it names. */
  readonly hosts: readonly string[]
  readonly release: string
  readonly catalogVersion: string
  readonly architecture: string
  readonly library: string
  readonly freeBytes: number
  /** Undefined if it is not set. */
  readonly timeZone: string | undefined
  readonly knowsTimeZone: boolean
  /** Server directories of the archive that exist already, or cannot be renamed to their place. */
  readonly inTheWay: readonly string[]
}

/** Beside the files: what a first start writes until it is ready. */
const reserveBytes = 64 * 1024 * 1024

/** @returns why gpinitsystem has to run, or undefined if the prepared cluster can be adopted */
export function reasonAgainst(
  manifest: Manifest,
  host: HostFacts,
  { greenplum }: Pick<Config, 'greenplum'>,
): string | undefined {
  return [
    unless(
      isWholeCluster(greenplum),
      `it is a cluster of one host, and this host is a ${greenplum.deployment}`,
    ),
    unless(host.extras.length === 0, `${host.extras.join(', ')} is set, which needs a running gpinitsystem`),
    differs('family of images', manifest.family, greenplum.profile.family),
    differs('release', manifest.release, host.release),
    differs('catalog version', manifest.catalogVersion, host.catalogVersion),
    differs('processor', manifest.architecture, host.architecture),
    differs('C library', manifest.library, host.library),
    differs('administrator', manifest.user, greenplum.user),
    differs('data directory', manifest.dataDirectory, greenplum.dataDirectory),
    differs('segment prefix', manifest.segmentPrefix, greenplum.segmentPrefix),
    againstConfiguration(manifest, host),
    againstHosts(host),
    againstTimeZone(manifest, host),
    unless(host.inTheWay.length === 0, `in the way is ${host.inTheWay.join(', ')}`),
    againstSpace(manifest, host),
  ].find((reason) => reason !== undefined)
}

const unless = (fits: boolean, reason: string): string | undefined => (fits ? undefined : reason)

const differs = (what: string, packed: string, here: string): string | undefined =>
  unless(packed === here, `its ${what} is ${packed}, and here it is ${here}`)

function againstConfiguration(
  { assignments: packed }: Manifest,
  { assignments: here }: HostFacts,
): string | undefined {
  if (here === undefined) return 'gpinitsystem_config has more than assignments'
  const names = differences(packed, here)
  return unless(names.length === 0, `gpinitsystem_config has another ${names.join(', ')}`)
}

const againstHosts = ({ hosts, hostname }: HostFacts): string | undefined =>
  unless(
    hosts.length === 1 && hosts[0] === hostname,
    `the host file names ${hosts.join(', ') || 'nobody'}, and this host is ${hostname}`,
  )

function againstTimeZone(
  { timeZone: packed }: Manifest,
  { timeZone, knowsTimeZone }: HostFacts,
): string | undefined {
  if (timeZone === undefined || timeZone === packed) return undefined
  return unless(
    packed !== undefined && knowsTimeZone,
    `the time zone ${timeZone} is not known to the database`,
  )
}

/** The archive's holes are filled later, so they count. */
export const neededBytes = ({ servers }: Pick<Manifest, 'servers'>): number =>
  servers.reduce((sum, { bytes }) => sum + bytes, reserveBytes)

function againstSpace(manifest: Manifest, { freeBytes }: HostFacts): string | undefined {
  const needed = neededBytes(manifest)
  return unless(freeBytes >= needed, `it needs ${mebibytes(needed)}, and ${mebibytes(freeBytes)} are free`)
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`
