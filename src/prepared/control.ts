/** The facts of `pg_controldata` that a copy of a server depends on. Pure. */
import { clusterState } from '../greenplum/control-data.ts'
import { catalogVersion } from '../greenplum/release.ts'

export interface ControlFacts {
  readonly state: string
  readonly catalogVersion: string
  readonly systemIdentifier: string
  /** Undefined where the program does not say. */
  readonly checksums: string | undefined
  readonly wal: WalFacts
}

/** Where the last checkpoint is. After a clean shutdown a server reads no other WAL. */
export interface WalFacts {
  readonly file: string
  readonly segmentBytes: number
  readonly blockBytes: number
  /** The start of the checkpoint's record in that file. */
  readonly offset: number
}

/** @returns undefined if a fact is missing */
export function parseControl(output: string): ControlFacts | undefined {
  const state = clusterState(output)
  const catalog = catalogVersion(output)
  const systemIdentifier = valueOf(output, 'Database system identifier')
  const wal = walFacts(output)
  if (state === undefined || catalog === undefined || systemIdentifier === undefined || wal === undefined)
    return undefined
  const checksums = valueOf(output, 'Data page checksum version')
  return { state, catalogVersion: catalog, systemIdentifier, checksums, wal }
}

function walFacts(output: string): WalFacts | undefined {
  const file = valueOf(output, "Latest checkpoint's REDO WAL file")
  const [segmentBytes, blockBytes] = ['Bytes per WAL segment', 'WAL block size'].map((name) =>
    Number(valueOf(output, name)),
  )
  const location = valueOf(output, 'Latest checkpoint location')
  const low = /^[0-9A-F]+\/([0-9A-F]+)$/i.exec(location ?? '')?.[1]
  if (file === undefined || low === undefined || !segmentBytes || !blockBytes) return undefined
  return { file, segmentBytes, blockBytes, offset: Number.parseInt(low, 16) % segmentBytes }
}

function valueOf(output: string, name: string): string | undefined {
  const line = output.split('\n').find((text) => text.startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim() || undefined
}
