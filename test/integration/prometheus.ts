/**
 * A Prometheus over the rules of monitoring/, with the programs that `apt-get install prometheus` brings. Tests that need
 * it are skipped without it. It scrapes every second, and a rule has to hold for a second only; beyond that and what a
 * test says, the rules are those of the file.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventually } from './rig.ts'

export const monitoring = join(import.meta.dirname, '../../monitoring')

export const hasProgram = (name: 'prometheus' | 'promtool'): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

export interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [time: number, value: string]
}

export interface Prometheus {
  /** Scrapes the health port from now on. @returns the label `instance` of what comes from it */
  readonly scrape: (port: number) => string
  readonly query: (expression: string) => Promise<readonly Series[]>
  /** The values of a label in the series that match. */
  readonly valuesOf: (label: string, match: string) => Promise<readonly string[]>
  /** The labels of the alerts that fire for an instance. */
  readonly firing: (instance: string) => Promise<readonly Readonly<Record<string, string>>[]>
  readonly stop: () => Promise<void>
}

const config = `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs:
  - job_name: gp-supervisor
    file_sd_configs: [{ files: [targets.json] }]
`

/** @param change what is shortened besides, by text */
export async function startPrometheus(change: Readonly<Record<string, string>> = {}): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const rules = readFileSync(join(monitoring, 'prometheus/rules.yml'), 'utf8')
  writeFileSync(join(folder, 'rules.yml'), shortened(rules, change))
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const targets: string[] = []
  const announce = () => writeFileSync(join(folder, 'targets.json'), JSON.stringify([{ targets }]))
  announce()
  const address = `127.0.0.1:${await freePort()}`
  const words = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ]
  const child = spawn('prometheus', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const exited = once(child, 'exit')
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://${address}/api/v1/${path}`)
    const { data, error } = (await response.json()) as { readonly data?: unknown; readonly error?: string }
    if (error !== undefined) throw new Error(`${error}: ${decodeURIComponent(path)}`)
    return data
  }
  const query = async (expression: string) =>
    ((await ask(`query?query=${encodeURIComponent(expression)}`)) as { readonly result: readonly Series[] })
      .result
  await eventually('Prometheus answers', async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}: ${log}`)
    return (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.status === 200 || undefined
  })
  return {
    query,
    scrape: (port) => {
      targets.push(`127.0.0.1:${port}`)
      announce()
      return `127.0.0.1:${port}`
    },
    valuesOf: async (label, match) =>
      (await ask(`label/${label}/values?match[]=${encodeURIComponent(match)}`)) as readonly string[],
    firing: async (instance) =>
      (await query(`ALERTS{instance="${instance}",alertstate="firing"}`)).map(({ metric }) => metric),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true })
    },
  }
}

/** @throws if a text that is to be changed is not there */
function shortened(rules: string, change: Readonly<Record<string, string>>): string {
  return Object.entries(change).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`no rule has ${from}`)
      return text.replaceAll(from, to)
    },
    rules.replaceAll(/^( *for): .*$/gm, '$1: 1s'),
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
