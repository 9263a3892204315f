/** Packs one server: its files as they are, but for the two that differ in an archive. */
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hbaPath } from '../hba/reconcile.ts'
import { withoutHostRules } from './addresses.ts'
import { belongs, refusalOf, walFolders, type Entry } from './contents.ts'
import type { ControlFacts } from './control.ts'
import { systemEnvironment } from './image-facts.ts'
import type { PackedServer } from './manifest.ts'
import type { PackPorts } from './packable.ts'
import { hashing, packInto } from './tar.ts'
import { copyLastCheckpoint } from './wal.ts'

interface Place {
  readonly ports: PackPorts
  /** A folder for what differs from the volume's files. */
  readonly work: string
}

export async function packServer(
  directory: string,
  { wal }: ControlFacts,
  { ports, work }: Place,
): Promise<{ server: PackedServer; part: string }> {
  const { dataDirectory, profile } = ports.config.greenplum
  const path = relative(dataDirectory, directory)
  const entries = await entriesOf(directory)
  const refusal = refusalOf(entries)
  if (refusal !== undefined) throw new Error(`${directory}: ${refusal}`)
  const kept = entries.filter((entry) => belongs(entry, wal, profile))
  const walFile = kept.find((entry) =>
    walFolders.some((folder) => entry.path === `${folder}/${wal.file}`),
  )?.path
  if (walFile === undefined) throw new Error(`${directory} lacks the WAL file ${wal.file}`)
  const changed = [walFile, 'pg_hba.conf']
  await prepareChanged(directory, join(work, path), { walFile, wal })
  const part = join(work, 'part')
  const { stream, digest, bytes } = hashing()
  const written = pipeline(stream, createWriteStream(part))
  const asTheyAre = kept.map((entry) => entry.path).filter((name) => !changed.includes(name))
  await Promise.all([
    packInto(
      stream,
      [
        { folder: dataDirectory, names: [path, ...asTheyAre.map((name) => `${path}/${name}`)] },
        { folder: work, names: changed.map((name) => `${path}/${name}`) },
      ],
      systemEnvironment(ports.environment),
    ),
    written,
  ])
  const size = await sizeOf(directory, asTheyAre)
  const server = {
    path,
    bytes: size + wal.segmentBytes,
    wal: { file: walFile, bytes: wal.segmentBytes },
    length: bytes(),
    sha256: digest(),
  }
  return { server, part }
}

async function prepareChanged(
  directory: string,
  work: string,
  { walFile, wal }: { readonly walFile: string; readonly wal: ControlFacts['wal'] },
): Promise<void> {
  await mkdir(join(work, dirname(walFile)), { recursive: true })
  await copyLastCheckpoint(join(directory, walFile), join(work, walFile), wal)
  const hba = hbaPath(work)
  // First a copy, which has the mode of the original.
  await copyFile(hbaPath(directory), hba)
  await writeFile(hba, withoutHostRules(await readFile(hba, 'latin1')), 'latin1')
}

async function entriesOf(directory: string): Promise<Entry[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  return found.map((entry) => ({
    path: relative(directory, join(entry.parentPath, entry.name)),
    kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other',
  }))
}

async function sizeOf(directory: string, names: readonly string[]): Promise<number> {
  let bytes = 0
  for (const name of names) {
    const found = await stat(join(directory, name))
    if (found.isFile()) bytes += found.size
  }
  return bytes
}
