/**
 * Follows one log file through everything that a record passes in the program, from the folder of a server to standard
 * output, and tells on standard error how long that took: `{ seconds, cpuSeconds, residentBytes }`.
 */
import { linkSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv, cpuUsage, env, stderr } from 'node:process'
import { loadConfig } from '../src/config/load.ts'
import { createLoggers } from '../src/logging/logger.ts'
import { createMask } from '../src/logging/mask.ts'
import { openSink } from '../src/logging/sink.ts'
import { createServerLogs } from '../src/server-logs/server-logs.ts'

/** Longer than any of it takes. */
const atMostMs = 600_000

async function main(file: string, logFolder: string): Promise<void> {
  const config = loadConfig({ environment: env, hostname: 'bench', readFile: () => '' })
  const sink = openSink(1)
  const loggers = createLoggers(config, sink, createMask(config, env))
  const logs = createServerLogs({ config, loggers, sink })
  await logs.start()
  linkSync(file, join(logFolder, 'gpdb-2026-11-27_000000.csv'))
  const begin = performance.now()
  const before = cpuUsage()
  await logs.finish(atMostMs)
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = cpuUsage(before)
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  stderr.write(
    JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, residentBytes: Number(peak) * 1024 }),
  )
}

await main(argv[2] ?? '', argv[3] ?? '')
