/**
 * The only WAL that a server reads after a clean shutdown: the first page of the file with the last checkpoint, which
 * says what file it is, and the pages of the checkpoint's record. The rest of the copy is a hole, which the server
 * fills as it does with a new file.
 */
import { open } from 'node:fs/promises'
import type { WalFacts } from './control.ts'

/** The pages to copy, in bytes from the start of the file. Pure. */
export function pagesToKeep({ segmentBytes, blockBytes, offset }: WalFacts): { from: number; to: number }[] {
  const page = Math.floor(offset / blockBytes) * blockBytes
  // A record may continue on the page after it.
  const to = Math.min(page + 2 * blockBytes, segmentBytes)
  return page === 0
    ? [{ from: 0, to }]
    : [
        { from: 0, to: blockBytes },
        { from: page, to },
      ]
}

/** Whether the record may continue in the next file, which is not packed. */
export const mayContinue = ({ segmentBytes, blockBytes, offset }: WalFacts): boolean =>
  offset + blockBytes > segmentBytes

export async function copyLastCheckpoint(from: string, to: string, wal: WalFacts): Promise<void> {
  const [source, target] = await Promise.all([open(from, 'r'), open(to, 'wx', 0o600)])
  try {
    for (const range of pagesToKeep(wal)) {
      const bytes = Buffer.alloc(range.to - range.from)
      const { bytesRead } = await source.read(bytes, 0, bytes.length, range.from)
      if (bytesRead !== bytes.length) throw new Error(`${from} ends after ${range.from + bytesRead} bytes`)
      await target.write(bytes, 0, bytes.length, range.from)
    }
    await target.truncate(wal.segmentBytes)
  } finally {
    await Promise.all([source.close(), target.close()])
  }
}
