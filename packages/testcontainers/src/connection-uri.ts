export interface Connection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly username: string
  readonly password: string
}

/** `postgres://user:password@host:port/database`, with every part escaped. */
export function connectionUri({ host, port, database, username, password }: Connection): string {
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`
  const address = host.includes(':') ? `[${host}]` : host
  return `postgres://${login}@${address}:${port}/${encodeURIComponent(database)}`
}
