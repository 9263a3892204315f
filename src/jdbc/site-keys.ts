/**
 * The properties that PXF 6 knows, from the source of 6.10 (JdbcBasePlugin, JdbcAccessor, SecureLogin, HcfsType and
 * others). PXF silently ignores unknown properties. Pure.
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

/** The rest of such a name is defined by the driver, the source or the pool. */
const prefixes: readonly string[] = [
  'jdbc.session.property.',
  'jdbc.connection.property.',
  'jdbc.pool.property.',
]

/** Known mistakes, with the fix. */
const special: Readonly<Record<string, string>> = {
  'jdbc.column.types':
    'delete it: PXF uses the column types of the external table, and reads unsupported types as text',
  'jdbc.statement.writeSize': "rename it to jdbc.statement.batchSize: PXF's template has the wrong name",
}

export interface UnknownKey {
  readonly name: string
  readonly fix: string
}

/** In other families (hadoop.*, hive.*, …) only probable misspellings of known properties are reported. */
export function unknownKey(name: string): UnknownKey | undefined {
  if (known.includes(name)) return undefined
  if (prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)) return undefined
  const fix = special[name]
  if (fix !== undefined) return { name, fix }
  const meant = nearest(name)
  if (meant !== undefined) return { name, fix: `did you mean ${meant}?` }
  if (!/^(jdbc|pxf)\./.test(name)) return undefined
  return { name, fix: 'delete it, or find the correct name in the PXF documentation' }
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
