/**
 * `npm run bench:logs`: how fast the logs of servers pass through the program, filtered out and relayed, beside `cat` of
 * the same file into the same pipe in the same run, with the compilers that the image runs Node with, with none, and with
 * all (docs/decisions/0001). Nothing here asserts a time.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { build } from 'esbuild'
import { nodeProgram } from '../stand-in/node-program.ts'
import { summaryOf } from './statistics.ts'

const megabytes = Number(env['BENCH_MEGABYTES'] ?? 200)
const rounds = Number(env['BENCH_ROUNDS'] ?? 5)

const flags: Readonly<Record<string, readonly string[]>> = {
  'as in the image': ['--optimize-for-size', '--disable-optimizing-compilers', '--max-semi-space-size=1'],
  'without any compiler': ['--lite-mode', '--max-semi-space-size=1'],
  'with all compilers': ['--max-semi-space-size=1'],
}

interface Load {
  readonly name: string
  readonly records: (number: number) => string
  readonly choice: 'warning' | 'all'
}

const statement = (number: number) =>
  `select * from bookings.flights where flight_id = ${number} and status = ""On Time""`

function csv(number: number, severity: string, message: string, isSession = true): string {
  const [who, from] = isSession ? ['"gpadmin","gp_dwh"', '"[local]"'] : [',', '']
  const micros = String(number % 1_000_000).padStart(6, '0')
  return `2026-11-27 03:14:15.${micros} UTC,${who},p${1000 + (number % 999)},th-1855,${from},,2026-11-27 03:00:00 UTC,0,con6,cmd${number},seg-1,,dx1,,sx1,"${severity}","00000","${message}",,,,,,"${isSession ? statement(number) : ''}",0,,"postgres.c",1590,\n`
}

/** A server that logs every statement, as Greenplum does by default: one record in 500 is an error. */
const busy = (number: number): string => {
  if (number % 500 === 0) return csv(number, 'ERROR', 'relation ""bookings.flightz"" does not exist')
  if (number % 50 === 0) return csv(number, 'LOG', 'checkpoint complete: wrote 3 buffers', false)
  return csv(number, 'LOG', `statement: ${statement(number)}`)
}

const loads: readonly Load[] = [
  { name: 'filtered out: statements, one error in 500 records', records: busy, choice: 'warning' },
  { name: 'relayed: every statement (LOG_DATABASE=all)', records: busy, choice: 'all' },
  {
    name: 'relayed: errors alone',
    records: (number) => csv(number, 'ERROR', 'relation ""bookings.flightz"" does not exist'),
    choice: 'warning',
  },
]

interface Sample {
  /** Megabytes of the file in a second. */
  readonly rate: number
  /** The same in a second of CPU, which does not depend on what else the machine does. */
  readonly rateOfCpu?: number
  readonly residentMegabytes?: number
}

function writeLog(file: string, { records }: Load): number {
  const handle = openSync(file, 'w')
  for (let number = 1, size = 0; size < megabytes * 1e6;) {
    const part = Array.from({ length: 5000 }, () => records(number++)).join('')
    size += writeSync(handle, part)
  }
  closeSync(handle)
  return statSync(file).size
}

/** Runs a program, reads its output as fast as it comes, and returns its standard error. */
async function read(
  command: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const child = spawn(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.resume()
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`cannot measure ${command}: exit code ${String(code)}: ${said}`)
  return said
}

async function cat(file: string, size: number): Promise<Sample> {
  const begin = performance.now()
  await read('cat', [file], env)
  return { rate: size / 1e3 / (performance.now() - begin) }
}

interface Follow {
  readonly folder: string
  readonly bundle: string
  readonly options: readonly string[]
  readonly choice: Load['choice']
}

async function follow(
  file: string,
  size: number,
  { folder, bundle, options, choice }: Follow,
): Promise<Sample> {
  const data = mkdtempSync(join(folder, 'data-'))
  const server = join(data, 'master/gpseg-1')
  for (const name of ['global/pg_control', 'pg_log']) mkdirSync(join(server, name), { recursive: true })
  const environment = {
    PATH: env['PATH'],
    GREENPLUM_DATA_DIRECTORY: data,
    GREENPLUM_PASSWORD: 'not-in-the-log',
    GREENPLUM_PXF_ENABLE: 'false',
    LOG_DATABASE: choice,
  }
  const said = await read(nodeProgram(), [...options, bundle, file, join(server, 'pg_log')], environment)
  rmSync(data, { recursive: true })
  const { seconds, cpuSeconds, residentBytes } = JSON.parse(said) as Record<string, number>
  const megabytesOfFile = size / 1e6
  return {
    rate: megabytesOfFile / (seconds ?? NaN),
    rateOfCpu: megabytesOfFile / (cpuSeconds ?? NaN),
    residentMegabytes: (residentBytes ?? NaN) / 1e6,
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-logs-'))
  try {
    const bundle = join(folder, 'follower.mjs')
    await build({
      entryPoints: [join(import.meta.dirname, 'logs-follower.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minifyWhitespace: true,
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
      },
      external: ['pg-native', 'pg-cloudflare'],
    })
    for (const load of loads) await measure(load, folder, bundle)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const median = (values: readonly number[]): number => summaryOf(values)?.median ?? NaN

async function measure(load: Load, folder: string, bundle: string): Promise<void> {
  const file = join(folder, 'log.csv')
  const size = writeLog(file, load)
  const samples: Record<string, Sample[]> = {}
  for (let round = 0; round < rounds; round++) {
    ;(samples['cat'] ??= []).push(await cat(file, size))
    for (const [name, options] of Object.entries(flags))
      (samples[name] ??= []).push(await follow(file, size, { folder, bundle, options, choice: load.choice }))
  }
  console.log(`${load.name} (${Math.round(size / 1e6)} MB, ${rounds} rounds)`)
  const ofCat = median((samples['cat'] ?? []).map(({ rate }) => rate))
  for (const [name, some] of Object.entries(samples)) {
    const rate = median(some.map((sample) => sample.rate))
    const ofCpu = median(some.map(({ rateOfCpu = NaN }) => rateOfCpu))
    const resident = median(some.map(({ residentMegabytes = NaN }) => residentMegabytes))
    const more = Number.isNaN(resident)
      ? ''
      : `, ${ofCpu.toFixed(1)} MB in a second of CPU, at most ${resident.toFixed(1)} MB resident`
    console.log(`  ${name}: ${rate.toFixed(1)} MB/s, ${(rate / ofCat).toFixed(3)} of cat${more}`)
  }
}

await main()
