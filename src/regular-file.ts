/**
 * Reads files that people work on: one may be huge, or no file at all. Opening a named pipe plainly would block a
 * thread for ever, and the exit of the process with it.
 */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

export interface Part {
  readonly bytes: Buffer
  readonly modifiedMs: number
}

/**
 * @param mostBytes with a minus sign, from the end
 * @throws for what is not a regular file; a pipe would block for ever
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
 * The text of a file of a few kilobytes, whole: a part must not be judged, or written back, for all of it. Not for
 * /proc and /sys: their files say that they are empty.
 */
export async function readRegular(path: string, encoding: BufferEncoding = 'utf8'): Promise<string> {
  const { bytes } = await readPart(path, mostBytes + 1)
  if (bytes.length > mostBytes) throw new Error(`it is larger than ${mostBytes / mebi} MiB`)
  return bytes.toString(encoding)
}

const mebi = 1024 * 1024
/** The largest are a pg_hba.conf of thousands of rules. */
const mostBytes = 16 * mebi

/** The last lines that say something, or none. */
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

/** A Java stack trace is long, and its cause stands at the end or at the beginning of one. */
const tailBytes = 16_384
const tailLines = 60
