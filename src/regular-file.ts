/**
 * Reads files that people can change: one may be huge, or not a regular file. Opening a named pipe without O_NONBLOCK
 * would block a thread, and the exit of the process, for ever.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

export interface Part {
  readonly bytes: Buffer
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
    if (!stats.isFile()) throw new Error('it is not a file')
    const bytes = Buffer.alloc(Math.min(stats.size, Math.abs(mostBytes)))
    const from = mostBytes < 0 ? stats.size - bytes.length : 0
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    return { bytes: bytes.subarray(0, bytesRead), modifiedMs: stats.mtimeMs }
  } finally {
    await file.close()
  }
}

/**
 * The whole text of a small file. A file that is too large is an error: a part must never be taken, or written back, as
 * the whole. Not for /proc and /sys, whose files report a size of 0.
 */
export async function readRegular(path: string, encoding: BufferEncoding = 'utf8'): Promise<string> {
  const { bytes } = await readPart(path, mostBytes + 1)
  if (bytes.length > mostBytes) throw new Error(`it is larger than ${mostBytes / mebi} MiB`)
  return bytes.toString(encoding)
}

const mebi = 1024 * 1024
/** Far more than a pg_hba.conf with thousands of rules. */
const mostBytes = 16 * mebi

/** The last non-empty lines; none if the file cannot be read. */
export async function readTail(
  path: string,
): Promise<{ readonly lines: readonly string[]; readonly modifiedMs: number }> {
  try {
    const { bytes, modifiedMs } = await readPart(path, -tailBytes)
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    return { lines: lines.slice(-tailLines), modifiedMs }
  } catch {
    return { lines: [], modifiedMs: 0 }
  }
}

/** A Java stack trace is long, and its cause is at the start or at the end of it. */
const tailBytes = 16_384
const tailLines = 60
