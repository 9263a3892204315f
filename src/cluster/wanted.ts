/** A server that the coordinator wants another host to start, as a word of a command line. Pure. */
import type { CatalogServer } from './catalog.ts'

export type Wanted = Pick<CatalogServer, 'dbid' | 'content' | 'role' | 'port' | 'directory'>

export const asWord = ({ dbid, content, role, port, directory }: Wanted): string =>
  [dbid, content, role, port, directory].join(':')

/** @returns undefined for a word that names no server */
export function fromWord(word: string): Wanted | undefined {
  const [, dbid, content, role, port, directory = ''] =
    /^(\d+):(-1|\d+):(primary|mirror):(\d+):(\/.+)$/.exec(word) ?? []
  if (role !== 'primary' && role !== 'mirror') return undefined
  return { dbid: Number(dbid), content: Number(content), role, port: Number(port), directory }
}
