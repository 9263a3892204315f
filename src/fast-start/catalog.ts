/** Compares the catalog with the servers that were started. */
import type { SessionTarget } from '../greenplum/session.ts'
import { withSession } from '../greenplum/session.ts'

export interface CatalogRow {
  readonly dbid: number
  readonly content: number
  readonly role: string
  readonly status: string
  readonly port: number
  readonly datadir: string
}

type Started = Pick<CatalogRow, 'dbid' | 'content' | 'port' | 'datadir'>

/** As the first session, it also makes the coordinator begin what it does only then. */
export const readCatalog = (target: SessionTarget, signal: AbortSignal): Promise<readonly CatalogRow[]> =>
  withSession(
    target,
    async (session) =>
      (await session.query(
        'SELECT dbid::int, content::int, role::text, status::text, port::int, datadir::text FROM gp_segment_configuration',
      )) as unknown as readonly CatalogRow[],
    { signal, timeoutMs: 60_000 },
  )

/** @returns in what the catalog differs, or undefined. Pure. */
export function differenceTo(
  catalog: readonly CatalogRow[],
  started: readonly Started[],
): string | undefined {
  const down = catalog.find(({ status }) => status !== 'u')
  if (down !== undefined) return `the catalog has the server in ${down.datadir} as down`
  const mirror = catalog.find(({ role }) => role !== 'p')
  if (mirror !== undefined) return `the catalog has a mirror or a standby in ${mirror.datadir}`
  const [expected, found] = [catalog, started].map((servers) => servers.map(shown).toSorted().join(', '))
  return expected === found ? undefined : `the catalog has ${expected}; started were ${found}`
}

const shown = ({ dbid, content, port, datadir }: Started): string =>
  `${datadir} (dbid ${dbid}, content ${content}, port ${port})`
