/**
 * How far each log was relayed, in a small file on the volume, so that a restart goes on there. It is replaced as a whole,
 * and one that cannot be read or trusted counts as none.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as z from 'zod'
import { readIfFile } from '../regular-file.ts'
import { stateDirectory, writeState } from '../volume/state.ts'

/** The place in a log: everything before it was relayed. */
export interface Position {
  readonly file: string
  /** In bytes. */
  readonly offset: number
  /** The beginning of the file, by which another file of the same name is told from this one. */
  readonly head: Head
}

export interface Head {
  readonly bytes: number
  readonly sha256: string
}

export type Positions = Readonly<Record<string, Position>>

const name = 'server-logs.json'

const count = z.number().int().nonnegative()
const schema = z.object({
  version: z.literal(1),
  logs: z.record(
    z.string(),
    z.object({
      file: z.string().regex(/^[^/\0]*$/),
      offset: count,
      head: z.object({ bytes: count.max(4096), sha256: z.string() }),
    }),
  ),
})

/** Undefined if there are none. */
export async function readPositions(dataDirectory: string): Promise<Positions | undefined> {
  try {
    const text = await readIfFile(join(stateDirectory(dataDirectory), name))
    return text === undefined ? undefined : schema.parse(JSON.parse(text)).logs
  } catch {
    return undefined
  }
}

export const writePositions = (dataDirectory: string, logs: Positions): Promise<void> =>
  writeState(dataDirectory, name, { version: 1, logs })

export const headOf = (bytes: Buffer): Head => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})
