/** Files into a tar file, and a part of an archive into a folder, by the system's tar, which knows holes. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { PassThrough, Transform, type Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'

export interface Packing {
  readonly folder: string
  /** Relative to the folder. */
  readonly names: readonly string[]
}

type Environment = Readonly<Record<string, string>>

const level = 12
/** Both sides of a pipe take turns on a busy processor; with large pieces they take few. */
const piece = 1024 * 1024
/** In units of 512 bytes. */
const tarRecord = piece / 512

/** Several folders, one after the other, as one compressed stream. */
export async function packInto(
  target: Writable,
  packings: readonly Packing[],
  environment: Environment,
): Promise<void> {
  const tarred = new PassThrough()
  const compressed = pipeline(
    tarred,
    createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: level,
        [constants.ZSTD_c_checksumFlag]: 1,
      },
    }),
    target,
  )
  const written = (async () => {
    for (const packing of packings) await createTar(packing, tarred, environment)
    tarred.end()
  })()
  written.catch((error: unknown) => tarred.destroy(error as Error))
  await Promise.all([written, compressed])
}

async function createTar(
  { folder, names }: Packing,
  target: Writable,
  environment: Environment,
): Promise<void> {
  const words = [
    '--create',
    '--format=gnu',
    '--sparse',
    '--hole-detection=raw',
    '--numeric-owner',
    '--owner=0',
    '--group=0',
  ]
  const tar = spawn(
    'tar',
    [...words, '--no-recursion', '--null', `--directory=${folder}`, '--files-from=-'],
    {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const ended = endOf(tar)
  tar.stdin.on('error', () => {})
  tar.stdin.end(names.map((name) => `./${name}\0`).join(''))
  await Promise.all([pipeline(tar.stdout, target, { end: false }), ended])
}

/** @throws if tar fails, or if the bytes are not the expected ones */
export async function unpack(
  part: { readonly path: string; readonly offset: number; readonly length: number; readonly sha256: string },
  folder: string,
  environment: Environment,
): Promise<void> {
  const tar = spawn(
    'tar',
    [
      '--extract',
      `--blocking-factor=${tarRecord}`,
      '--read-full-records',
      '--ignore-zeros',
      '--preserve-permissions',
      '--no-same-owner',
      `--directory=${folder}`,
    ],
    {
      env: environment,
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  )
  const ended = endOf(tar)
  const { digest, stream } = hashing()
  const read = createReadStream(part.path, {
    start: part.offset,
    end: part.offset + part.length - 1,
    highWaterMark: piece,
  })
  // A damaged part is reported as such, whatever tar makes of it.
  const [fed, end] = await Promise.allSettled([
    pipeline(read, stream, createZstdDecompress({ chunkSize: piece }), tar.stdin),
    ended,
  ])
  if (fed.status === 'fulfilled' && digest() !== part.sha256) throw new Error('it is damaged (its checksum)')
  if (end.status === 'rejected') throw end.reason
  if (fed.status === 'rejected') throw fed.reason
}

export function hashing(): {
  readonly stream: Transform
  readonly digest: () => string
  readonly bytes: () => number
} {
  const hash = createHash('sha256')
  let length = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      length += chunk.length
      done(null, chunk)
    },
  })
  return { stream, digest: () => hash.digest('hex'), bytes: () => length }
}

async function endOf(tar: { readonly stderr: Readable } & NodeJS.EventEmitter): Promise<void> {
  let errors = ''
  tar.stderr.on('data', (bytes: Buffer) => void (errors = (errors + bytes.toString()).slice(0, mostErrors)))
  const code = await new Promise<number | string>((resolve) => {
    tar.once('error', (error: Error) => resolve(error.message))
    tar.once('close', (status: number | null, signal: string | null) =>
      resolve(status ?? signal ?? 'unknown'),
    )
  })
  if (code !== 0) throw new Error(`tar ended (${code}): ${errors.trim().split('\n').slice(0, 3).join(' | ')}`)
}

const mostErrors = 2000
