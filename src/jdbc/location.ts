/** Parses the LOCATION of an external table of PXF as PXF does (external-table/src/pxfuriparser.c). Pure. */

export interface Location {
  /** As written. */
  readonly profile: string | undefined
  /** In lower case, as in PXF. If undefined, PXF uses `default`. */
  readonly server: string | undefined
  /** A directory other than that of the server. */
  readonly config: string | undefined
  /** Whether it reads or writes over JDBC. */
  readonly isJdbc: boolean
  /** Whether the table itself specifies its source. */
  readonly hasSource: boolean
}

/** @returns undefined if the location uses another protocol */
export function parseLocation(uri: string): Location | undefined {
  if (!/^pxf:\/\//i.test(uri)) return undefined
  const mark = uri.lastIndexOf('?')
  const pairs = mark < 0 ? [] : uri.slice(mark + 1).split('&')
  const options = new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name.toUpperCase(), value.join('=')] as const
    }),
  )
  const option = (name: string) => options.get(name) || undefined
  const profile = option('PROFILE')
  return {
    profile,
    server: option('SERVER')?.toLowerCase(),
    config: option('CONFIG'),
    isJdbc:
      profile === undefined
        ? /\.jdbc\.|^Jdbc/i.test(option('ACCESSOR') ?? '')
        : profile.toLowerCase() === 'jdbc',
    hasSource: option('JDBC_DRIVER') !== undefined && option('DB_URL') !== undefined,
  }
}
