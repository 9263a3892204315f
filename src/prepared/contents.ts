/**
 * Which files of a server that was shut down belong into an archive. What names the building host, what a server makes
 * again at its start, and WAL that nobody will read are left out. Pure.
 */
import type { ImageProfile } from '../image/profile.ts'
import type { WalFacts } from './control.ts'

export interface Entry {
  /** Relative to the server's directory. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'other'
}

/** The folder of the WAL: until PostgreSQL 9.6, and since. */
export const walFolders: readonly string[] = ['pg_xlog', 'pg_wal']

/** Made at each start, or by it; the options name ports. */
const madeAgain: ReadonlySet<string> = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'current_logfiles',
  'postgresql.auto.conf.tmp',
])

/** Folders that a server expects, and whose contents it does not. */
const emptied = (logFolder: string): readonly string[] => [
  logFolder,
  'pg_stat_tmp',
  'pg_dynshmem',
  ...walFolders.map((folder) => `${folder}/archive_status`),
]

type Names = Pick<ImageProfile, 'logFolder' | 'catalogDump'>

export function belongs({ path, kind }: Entry, wal: WalFacts, { logFolder, catalogDump }: Names): boolean {
  if (madeAgain.has(path) || path === catalogDump) return false
  if (emptied(logFolder).some((folder) => path.startsWith(`${folder}/`))) return false
  if (/(^|\/)(pgsql_tmp|pg_internal\.init)/.test(path)) return false
  const [folder = '', name = '', ...rest] = path.split('/')
  if (kind !== 'file' || rest.length > 0 || !walFolders.includes(folder)) return true
  return name === wal.file || name.endsWith('.history')
}

/** Folders that must be empty, and what it means if they are not. */
const mustBeEmpty: Readonly<Record<string, string>> = {
  pg_tblspc: 'it has tablespaces, which are outside of its directory',
  pg_replslot: 'it has replication slots, so a mirror or a standby belongs to it',
  pg_twophase: 'it has prepared transactions',
}

const mustBeAbsent: ReadonlySet<string> = new Set([
  'recovery.conf',
  'recovery.signal',
  'standby.signal',
  'backup_label',
  'tablespace_map',
])

/** Why this server cannot be packed, or undefined. */
export function refusalOf(entries: readonly Entry[]): string | undefined {
  for (const { path, kind } of entries) {
    const [folder = ''] = path.split('/')
    const full = path === folder ? undefined : mustBeEmpty[folder]
    if (full !== undefined) return `${full} (${path})`
    if (mustBeAbsent.has(path)) return `it has ${path}, so it is being recovered, or is a mirror or a standby`
    if (kind === 'other') return `${path} is neither a file nor a folder`
  }
  return undefined
}
