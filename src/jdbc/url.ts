/** Extracts hosts and ports from a JDBC URL. No other part of a URL may be shown. Pure. */

export interface Endpoint {
  readonly host: string
  /** undefined if the port comes from the database's own name service. */
  readonly port: number | undefined
}

/** The human-readable form, which also identifies an endpoint. */
export const endpointKey = ({ host, port }: Endpoint): string =>
  port === undefined ? host : `${host}:${port}`

const defaultPorts: Readonly<Record<string, number>> = {
  postgresql: 5432,
  'pivotal:greenplum': 5432,
  mysql: 3306,
  mariadb: 3306,
  sqlserver: 1433,
  hive2: 10_000,
  clickhouse: 8123,
  ch: 8123,
  db2: 50_000,
  teradata: 1025,
  trino: 8080,
  oracle: 1521,
}

/** Empty if the URL has none, or if its format is not known here. */
export function endpointsOf(url: string): Endpoint[] {
  const text = url.trim()
  if (text.startsWith('jdbc:oracle:')) return oracle(text)
  if (/^jdbc:postgresql:(?!\/\/)/.test(text)) return [{ host: 'localhost', port: 5432 }]
  const [, protocol = '', authority = '', rest = ''] =
    /^jdbc:([a-z][\w:+]*?):\/\/([^/?;#]*)([^]*)$/.exec(text) ?? []
  const family = protocol.replace(/^(mysql|mariadb):.*$/, '$1').replace(/^(ch|clickhouse):.*$/, '$1')
  // The hosts come from a service record or a bracketed form, neither of which is parsed here.
  if (protocol.endsWith('+srv') || authority.includes('(')) return []
  const port = defaultPorts[family]
  if (port === undefined) return []
  if (family === 'sqlserver') return sqlServer(authority, rest)
  const hosts = authority.slice(authority.lastIndexOf('@') + 1)
  if (hosts === '') return [{ host: 'localhost', port }]
  return hosts.split(',').flatMap((host) => endpoint(host, port))
}

/** Accepts only `host:1234` and `[::1]:1234`, with or without the port. */
function endpoint(text: string, fallback: number | undefined): Endpoint[] {
  const [, bracketed, plain, port] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? []
  const host = bracketed ?? plain
  return host === undefined ? [] : [{ host, port: port === undefined ? fallback : Number(port) }]
}

/** `host\instance:port;…`; the port of an instance without one comes from the server's browser service. */
function sqlServer(authority: string, rest: string): Endpoint[] {
  const setting = (name: RegExp) => name.exec(rest)?.[1]
  const [, host = '', instance, port] = /^([^\\:]*)(\\[^:]*)?(?::(\d+))?$/.exec(authority) ?? []
  const name = host || setting(/;\s*server(?:Name)?\s*=\s*([^;]+)/i) || 'localhost'
  const given = port ?? setting(/;\s*port(?:Number)?\s*=\s*(\d+)/i)
  const named = instance !== undefined || setting(/;\s*instanceName\s*=\s*([^;]+)/i) !== undefined
  return endpoint(name, given === undefined ? (named ? undefined : 1433) : Number(given))
}

/** `thin:@host:1521:SID`, `thin:@//host:1521/service`, `thin:@(DESCRIPTION=…)`; a login may precede the `@`. */
function oracle(text: string): Endpoint[] {
  const place = text.slice(text.lastIndexOf('@') + 1)
  if (!text.includes('@')) return []
  if (place.startsWith('(')) {
    return [...place.matchAll(/\(\s*ADDRESS\s*=([^]*?\(\s*PORT\s*=[^)]*\))/gi)].flatMap(
      ([, address = '']) => {
        const host = /\(\s*HOST\s*=\s*([^)\s]+)/i.exec(address)?.[1] ?? ''
        const port = /\(\s*PORT\s*=\s*(\d+)/i.exec(address)?.[1]
        return endpoint(port === undefined ? host : `${host}:${port}`, 1521)
      },
    )
  }
  const [, network, body = ''] = /^((?:tcps?:)?\/\/)?([^/?]*)/.exec(place) ?? []
  if (network !== undefined) return body.split(',').flatMap((host) => endpoint(host, 1521))
  // A single word is a name from tnsnames.ora.
  const [host = '', port] = body.split(':')
  return port === undefined ? [] : endpoint(`${host}:${port}`, 1521)
}
