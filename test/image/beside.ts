/** Other containers beside the stand's: psql as a client with a password, and a shell on its volume. */
import { dockerOk, mustSucceed, type Stand } from './stand.ts'

export interface From {
  /** As `docker run --network` takes it. */
  readonly network: string
  readonly host: string
  readonly port?: string
}

/** Over the published port, from the engine's own network: as any client of the host. */
export async function login(stand: Stand, password: string): Promise<string> {
  const port = (await stand.compose('port', 'greenplum', '5432')).text.trim().split(':').at(-1) ?? ''
  return logInFrom({ network: 'host', host: '127.0.0.1', port }, password)
}

/** @returns `in`, or why not */
export async function logInFrom({ network, host, port = '5432' }: From, password: string): Promise<string> {
  const where = `host=${host} port=${port} user=gpadmin dbname=gp_dwh connect_timeout=10`
  const docker = ['--rm', '--network', network, '--env', `PGPASSWORD=${password}`, '--entrypoint', 'psql']
  const psql = [where, '-XqAtc', "SELECT 'in'"]
  return dockerOk('run', ...docker, 'postgres:16', ...psql).catch((error: unknown) => String(error))
}

/** As root on the stand's volume, whether its container runs or not. @returns what the script prints */
export async function inVolume(stand: Stand, script: string): Promise<string> {
  const words = ['--rm', '--no-deps', '--no-TTY', '--user', 'root', '--entrypoint', 'bash', 'greenplum', '-c']
  // Without what Compose says of a network that it makes for it.
  const answer = await stand.compose('--progress', 'quiet', 'run', ...words, script)
  mustSucceed(answer)
  return answer.text
}
