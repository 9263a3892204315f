/** A fast start with some of its checks left out, as `node without.cjs '["orphans"]'`: for negative controls only. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { runTool } from '../../src/children/tool.ts'
import { loadConfig } from '../../src/config/load.ts'
import { fastStart, type FastStart } from '../../src/fast-start/start.ts'
import { readToolEnvironment } from '../../src/greenplum/environment.ts'

async function main(): Promise<void> {
  const config = loadConfig({
    environment: process.env,
    hostname: hostname(),
    readFile: (path) => readFileSync(path, 'utf8'),
  })
  const outcome = await fastStart({
    config,
    hostname: hostname(),
    runTool,
    toolEnvironment: await readToolEnvironment(process.env),
    now: new Date(),
    say: () => {},
    signal: new AbortController().signal,
    isWanted: () => true,
    without: JSON.parse(process.argv[2] ?? '[]') as NonNullable<FastStart['without']>,
  })
  process.stdout.write(JSON.stringify(outcome))
}

void main()
