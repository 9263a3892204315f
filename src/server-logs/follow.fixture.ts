/** A process that follows the logs of a volume until it is killed, or, with `finish`, until it has read them all. */
import { argv, env, exit } from 'node:process'
import { loadConfig } from '../config/load.ts'
import { createLoggers } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { createServerLogs } from './server-logs.ts'

const config = loadConfig({ environment: env, hostname: 'h', readFile: () => '' })
const sink = openSink(1)
const loggers = createLoggers(config, sink, createMask(config, env))
const logs = createServerLogs({ config, loggers, sink })
await logs.start()
if (argv[2] === 'finish') {
  await logs.finish(60_000)
  exit(0)
}
setInterval(() => {}, 1000)
