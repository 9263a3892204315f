/** `pack`: a cluster that is shut down becomes an archive. */
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRegular } from '../regular-file.ts'
import { timeZoneOf } from './addresses.ts'
import { encodeHead } from './archive.ts'
import type { ControlFacts } from './control.ts'
import { imageFacts } from './image-facts.ts'
import type { Manifest, PackedServer } from './manifest.ts'
import { packServer } from './pack-server.ts'
import {
  controlOf,
  findCluster,
  inspect,
  readAssignments,
  refuseUnlessShutDown,
  type PackPorts,
} from './packable.ts'

/** @param use gets the bytes of the archive, one after the other; the files behind them are removed after it */
export async function packCluster(
  ports: PackPorts,
  use: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'gp-pack-'))
  try {
    await use(bytesOf(await pack(ports, work)))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function* bytesOf({ manifest, parts }: Packed): AsyncGenerator<Uint8Array> {
  yield encodeHead(manifest)
  for (const part of parts) yield* createReadStream(part) as AsyncIterable<Uint8Array>
}

interface Packed {
  readonly manifest: Manifest
  /** A file for each server. */
  readonly parts: readonly string[]
}

async function pack(ports: PackPorts, work: string): Promise<Packed> {
  const { config, environment, now, report, version } = ports
  const { coordinatorDirectory, dataDirectory, profile, segmentPrefix, user } = config.greenplum
  const directories = await findCluster(config.greenplum)
  await refuseUnlessShutDown(directories, ports)
  const assignments = await readAssignments(config.greenplum, directories)
  const { host, database } = await inspect(directories, assignments['DATABASE_NAME'], ports)
  const controls = await Promise.all(directories.map((directory) => controlOf(directory, ports)))
  const [control] = controls
  const image = await imageFacts(environment, ports.runTool)
  if (controls.some(({ catalogVersion }) => catalogVersion !== image.catalogVersion))
    throw new Error(`its catalog version is not that of this image, ${image.catalogVersion}`)
  const packed: { server: PackedServer; part: string }[] = []
  for (const [index, directory] of directories.entries()) {
    report(`packing ${directory}`)
    packed.push(
      await packServer(directory, controls[index] as ControlFacts, { ports, work: join(work, `${index}`) }),
    )
  }
  const timeZone = timeZoneOf(await readRegular(join(coordinatorDirectory, 'postgresql.conf')))
  const manifest: Manifest = {
    version: 1,
    packedAt: now,
    packedBy: version,
    family: profile.family,
    ...image,
    architecture: arch(),
    ...(control?.checksums === undefined ? {} : { checksums: control.checksums }),
    systemIdentifier: control?.systemIdentifier ?? '',
    ...(timeZone === undefined ? {} : { timeZone }),
    user,
    dataDirectory,
    segmentPrefix,
    database,
    host,
    assignments,
    servers: packed.map(({ server }) => server),
  }
  return { manifest, parts: packed.map(({ part }) => part) }
}
