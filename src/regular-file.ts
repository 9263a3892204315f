/**
 * Reads files that people can change: one may be huge, or not a regular file. Opening a named pipe without O_NONBLOCK
 * would block a thread, and the exit of the process, for ever.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isAbsent, reasonOf } from './errors.ts'

export interface Part {
  readonly bytes: Buffer
  /** Of the whole file. */
  readonly size: number
  readonly modifiedMs: number
}

/**
 * @param mostBytes negative: from the end of the file
 * @throws if it is not a regular file
 */
export async function readPart(path: string, mostBytes: number): Promise<Part> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new NotAFile('it is not a file')
    const bytes = Buffer.alloc(Math.min(stats.size, Math.abs(mostBytes)))
    const from = mostBytes < 0 ? stats.size - bytes.length : 0
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    return { bytes: bytes.subarray(0, bytesRead), size: stats.size, modifiedMs: stats.mtimeMs }
  } finally {
    await file.close()
  }
}

/** A folder, a named pipe: whoever writes the file that is looked for has not written this. */
class NotAFile extends Error {}

const isNoFile = (error: unknown): boolean => isAbsent(error) || error instanceof NotAFile

/**
 * The whole text of a small file. A file that is too large is an error: a part must never be taken, or written back, as
 * the whole. Not for /proc and /sys, whose files report a size of 0.
 */
export async function readRegular(path: string, encoding: BufferEncoding = 'utf8'): Promise<string> {
  const { bytes } = await readPart(path, mostBytes + 1)
  if (bytes.length > mostBytes) throw new Error(`it is larger than ${mostBytes / mebi} MiB`)
  return bytes.toString(encoding)
}

/** Like `readRegular`, but undefined if there is no file. @throws if this cannot be determined */
export async function readIfFile(path: string): Promise<string | undefined> {
  try {
    return await readRegular(path)
  } catch (error) {
    if (isNoFile(error)) return undefined
    throw error
  }
}

const mebi = 1024 * 1024
/** Far more than a pg_hba.conf with thousands of rules. */
const mostBytes = 16 * mebi

export interface Tail {
  readonly lines: readonly string[]
  readonly modifiedMs: number
  /** Why there are none, if the file exists and cannot be read. */
  readonly failure?: string
}

/**
 * The last non-empty lines.
 * @param from only those behind so many bytes, unless the file is shorter by now
 */
export async function readTail(path: string, from = 0): Promise<Tail> {
  try {
    const { bytes, size, modifiedMs } = await readPart(path, -tailBytes)
    const wanted = size < from ? size : size - from
    const lines = bytes
      .subarray(Math.max(0, bytes.length - wanted))
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    return { lines: lines.slice(-tailLines), modifiedMs }
  } catch (error) {
    return { lines: [], modifiedMs: 0, ...(isNoFile(error) ? {} : { failure: reasonOf(error) }) }
  }
}

/** A Java stack trace is long, and its cause is at the start or at the end of it. */
const tailBytes = 16_384
const tailLines = 60
