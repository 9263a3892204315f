/**
 * The properties that PXF 6 knows, read in its source (JdbcBasePlugin, JdbcAccessor, SecureLogin, HcfsType and
 * others, 6.10). What it does not know it ignores without a word. Pure.
 */
import leven from 'leven'

const known: readonly string[] = [
  'jdbc.driver',
  'jdbc.url',
  'jdbc.user',
  'jdbc.password',
  'jdbc.connection.transactionIsolation',
  'jdbc.statement.batchSize',
  'jdbc.statement.fetchSize',
  'jdbc.statement.queryTimeout',
  'jdbc.pool.enabled',
  'jdbc.pool.qualifier',
  'jdbc.read.prepared-statement',
  'jdbc.date.wideRange',
  'pxf.service.user.impersonation',
  'pxf.service.user.name',
  'pxf.impersonation.jdbc',
  'pxf.service.kerberos.principal',
  'pxf.service.kerberos.keytab',
  'pxf.service.kerberos.constrained-delegation',
  'pxf.service.kerberos.ticket-renew-window',
  'pxf.fs.basePath',
  'pxf.ppd.hive',
  'pxf.orc.write.decimal.overflow',
  'pxf.orc.write.timezone.utc',
  'pxf.parquet.write.decimal.overflow',
  'pxf.reader.chunk-record-reader.enabled',
  'pxf.sasl.connection.retries',
  'pxf.service.fragmenter.cache.enabled',
  'hadoop.security.authentication',
]

/** What follows is the driver's, the source's or the pool's own name. */
const prefixes: readonly string[] = [
  'jdbc.session.property.',
  'jdbc.connection.property.',
  'jdbc.pool.property.',
]

/** Those that were seen in the wild, with the reason. */
const special: Readonly<Record<string, string>> = {
  'jdbc.column.types':
    'delete it: PXF takes the types from the columns of the external table; a type that it lacks is read as text',
  'jdbc.statement.writeSize':
    'write jdbc.statement.batchSize: the template of PXF has this name, and its code reads the other',
}

export interface UnknownKey {
  readonly name: string
  readonly fix: string
}

/** Of other families (hadoop.*, hive.*, …) only what looks like a misspelt one of these is doubted. */
export function unknownKey(name: string): UnknownKey | undefined {
  if (known.includes(name)) return undefined
  if (prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)) return undefined
  const fix = special[name]
  if (fix !== undefined) return { name, fix }
  const meant = nearest(name)
  if (meant !== undefined) return { name, fix: `did you mean ${meant}?` }
  if (!/^(jdbc|pxf)\./.test(name)) return undefined
  return { name, fix: 'delete it, or see the documentation of PXF for the name that was meant' }
}

function nearest(name: string): string | undefined {
  const lower = name.toLowerCase()
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(lower, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  if (best !== undefined && best.distance <= 2) return best.candidate
  const prefix = prefixes.find(
    (candidate) => leven(lower.slice(0, candidate.length), candidate.toLowerCase()) <= 2,
  )
  return prefix === undefined || name.length <= prefix.length ? undefined : `${prefix}<name>`
}
