/**
 * A JDBC server of PXF as the image takes it: a site file among the seeds, whose placeholders the image fills from the
 * environment (docs/reference/seeds.md). So the image escapes the values for XML, gives the file the mode 0600, and
 * masks the password in its log. Pure.
 */
export interface PxfServer {
  /** As the container reaches the source, such as `jdbc:postgresql://source:5432/sales`. */
  readonly jdbcUrl: string
  readonly user: string
  readonly password: string
  /** The class of the JDBC driver. Default: PostgreSQL's, for a URL of PostgreSQL; any other URL needs one. */
  readonly driver?: string
  /** The path of a JAR on this machine that has the driver. PostgreSQL's is in the image. */
  readonly driverJar?: string
}

export interface SeededServer {
  /** Below the folder of the seeds. */
  readonly path: string
  readonly siteFile: string
  readonly environment: Readonly<Record<string, string>>
}

const postgresDriver = 'org.postgresql.Driver'

/**
 * @param name the name of the server in LOCATION, which is the name of its folder
 * @param number tells the variables of several servers apart
 * @throws Error where the name, the URL or the driver cannot be used
 */
export function seedPxfServer(name: string, server: PxfServer, number: number): SeededServer {
  const cannot = (reason: string) => new Error(`cannot add the PXF server "${name}": ${reason}`)
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name))
    throw cannot('a name has lower-case letters, digits, "-" and "_", and begins with a letter or a digit')
  if (!server.jdbcUrl.startsWith('jdbc:')) throw cannot('jdbcUrl does not begin with "jdbc:"')
  const driver = server.driver ?? knownDriver(server.jdbcUrl)
  if (driver === undefined)
    throw cannot('only the driver of a PostgreSQL URL is known; set driver, the class of the JDBC driver')
  const prefix = `TESTCONTAINERS_PXF_${number}`
  const values = { DRIVER: driver, URL: server.jdbcUrl, USER: server.user, PASSWORD: server.password }
  return {
    path: `servers/${name}/jdbc-site.xml`,
    siteFile: siteFile(prefix, Object.keys(values)),
    environment: Object.fromEntries(
      Object.entries(values).map(([variable, value]) => [`${prefix}_${variable}`, value]),
    ),
  }
}

const knownDriver = (url: string): string | undefined =>
  url.startsWith('jdbc:postgresql:') ? postgresDriver : undefined

function siteFile(prefix: string, variables: readonly string[]): string {
  const properties = variables.map(
    (variable) =>
      `  <property><name>jdbc.${variable.toLowerCase()}</name><value>\${env:${prefix}_${variable}}</value></property>`,
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<configuration>',
    ...properties,
    '</configuration>',
    '',
  ].join('\n')
}
