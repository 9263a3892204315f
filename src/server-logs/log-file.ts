/** One log file, opened once: it is read to its end even if it is renamed, replaced or removed meanwhile. */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../errors.ts'
import { headOf, type Head, type Position } from './positions.ts'

export interface LogFile {
  readonly name: string
  /** Bytes from the beginning, enough to recognise the file and its layout; fewer if the file is shorter. */
  readonly head: () => Buffer
  readonly hasWholeHead: () => boolean
  readonly size: () => Promise<number>
  /** Whether the path leads to this file. */
  readonly isAt: (stats: { readonly ino: bigint; readonly dev: bigint }) => boolean
  /** Reads into `buffer` from a place of the file. @returns the number of bytes */
  readonly read: (buffer: Buffer, offset: number) => Promise<number>
  /** Reads the beginning again. @returns whether it is another one, so the file was cut and written anew */
  readonly wasCut: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/** In bytes: the time of the first record, its process and its session are in it. */
const headBytes = 512

/** @returns undefined if there is no such file, or no regular one */
export async function openLogFile(directory: string, name: string): Promise<LogFile | undefined> {
  // A named pipe must not block.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const handle = await unlessAbsent(open(join(directory, name), flags))
  if (handle === undefined) return undefined
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile()) {
    await handle.close()
    return undefined
  }
  let head = await readHead(handle)
  return {
    name,
    head: () => head,
    hasWholeHead: () => head.length === headBytes,
    size: async () => (await handle.stat()).size,
    isAt: ({ ino, dev }) => ino === stats.ino && dev === stats.dev,
    read: async (buffer, offset) => (await handle.read(buffer, 0, buffer.length, offset)).bytesRead,
    wasCut: async () => {
      const before = head
      head = await readHead(handle)
      return !head.subarray(0, before.length).equals(before)
    },
    close: () => handle.close(),
  }
}

async function readHead(handle: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(headBytes)
  const { bytesRead } = await handle.read(bytes, 0, headBytes, 0)
  return bytes.subarray(0, bytesRead)
}

export const positionIn = (file: LogFile, offset: number): Position => ({
  file: file.name,
  offset,
  head: headOf(file.head().subarray(0, offset)),
})

/** In a folder without logs: whatever comes is new. */
export const beforeTheFirst: Position = { file: '', offset: 0, head: headOf(Buffer.alloc(0)) }

/** Whether the file begins as the one did in which the position is. */
export function isSameFile(file: LogFile, { head }: { readonly head: Head }): boolean {
  const bytes = file.head()
  return bytes.length >= head.bytes && headOf(bytes.subarray(0, head.bytes)).sha256 === head.sha256
}
