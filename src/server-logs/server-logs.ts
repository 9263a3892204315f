/**
 * The logs of all servers of this host, and of PXF, in the log of this program. They are read in turn, a block each, and
 * only as fast as standard output takes their records: nothing is held in memory that is not being written.
 */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import type { OutputRecord } from '../logging/csv-log.ts'
import type { Logger, Loggers } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'
import { sleep } from '../time.ts'
import { blockBytes, follow, type Begin, type Follower, type Format } from './follower.ts'
import { csvFormat, javaFormat } from './formats.ts'
import { createLedger } from './ledger.ts'
import { createOutlet } from './outlet.ts'
import { findLoggingServers, type ServerName } from './servers.ts'
import { createTroubles } from './troubles.ts'
import { createWake } from './wake.ts'

export interface ServerLogs {
  /** Once the volume is locked, before a server starts: what they write from then on is relayed. Never rejects. */
  readonly start: () => Promise<void>
  /** After the servers have stopped: relays what they said last, for at most `ms` milliseconds, and ends. */
  readonly finish: (ms: number) => Promise<void>
}

export interface ServerLogsPorts {
  readonly config: Config
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained' | 'progress'>
}

/** While records come, they are looked for this often. */
const busyMs = 150
/** Records come in bursts. After this time without any, a change in a folder wakes the reading up. */
const calmAfterMs = 700
/** How often files are looked at in spite of the watches. */
const lookMs = 2000
/** How often new servers, and new names of known ones, are looked for. */
const discoverMs = 5000
/** After a kill, what was relayed since the last save is relayed again. */
const saveMs = 2000

interface Wanted {
  /** In the file with the positions. */
  readonly key: string
  readonly directory: string
  readonly format: Format
  readonly about: ServerName | undefined
}

interface Log {
  readonly directory: string
  /** It names the server. */
  logger: Logger
  readonly follower: Follower
}

const keyOfPxf = 'pxf'

export function createServerLogs({ config, loggers, sink }: ServerLogsPorts): ServerLogs {
  const logger = loggers('supervisor')
  const ending = new AbortController()
  const giveUp = new AbortController()
  const outlet = createOutlet(sink, giveUp.signal)
  const ledger = createLedger(config.greenplum.dataDirectory, sink)
  const troubles = createTroubles(logger)
  const wake = createWake((error) => troubles.tell('watch', error))
  const logs = new Map<string, Log>()
  const buffer = Buffer.allocUnsafeSlow(blockBytes)
  let discoveredAt = -Infinity
  let savedAt = -Infinity
  let running = Promise.resolve()

  /** @param unknown where to begin in a log that no run has followed yet */
  async function discover(unknown: Begin): Promise<void> {
    discoveredAt = performance.now()
    const wanted = await wantedLogs(config)
    for (const one of wanted) {
      const log = logs.get(one.key)
      if (log === undefined) await add(one, unknown)
      else log.logger = loggerOf(one)
    }
    for (const [key, { follower }] of logs) {
      if (wanted.some((one) => one.key === key)) continue
      logs.delete(key)
      await follower.close()
    }
  }

  const loggerOf = ({ format, about }: Wanted) => loggers(format.component, { ...about })

  async function add(wanted: Wanted, unknown: Begin): Promise<void> {
    const { key, directory, format } = wanted
    const position = ledger.positionOf(key)
    const follower = await follow(
      { directory, format, relay: (record) => relay(key, record), report: logger.warn },
      position === undefined ? unknown : { at: 'position', position },
    )
    logs.set(key, { directory, logger: loggerOf(wanted), follower })
    // So that a kill from now on loses nothing of it.
    savedAt = -Infinity
  }

  function relay(key: string, record: OutputRecord): boolean | Promise<boolean> {
    const room = outlet.room()
    return room === true ? write(key, record) : Promise.resolve(room).then((is) => is && write(key, record))
  }

  function write(key: string, { level, message, fields }: OutputRecord): true {
    logs.get(key)?.logger.relay(level, message, fields)
    return true
  }

  /** One block of each log. @returns whether there may be more */
  async function readAll(): Promise<boolean> {
    let isMore = false
    for (const [key, { directory, follower }] of logs) {
      try {
        isMore = (await follower.read(buffer, ending.signal.aborted)) || isMore
        troubles.over(directory)
      } catch (error) {
        troubles.tell(directory, error)
      }
      ledger.note(key, follower.position())
    }
    return isMore && !giveUp.signal.aborted
  }

  const tryToDiscover = (unknown: Begin) => troubles.attempt('discover', () => discover(unknown))
  const tryToSave = () => {
    savedAt = performance.now()
    return troubles.attempt('save', ledger.save)
  }

  async function run(): Promise<void> {
    for (let newsAt = performance.now(); ;) {
      // What was written before the end began is read by a whole pass after it.
      const isLastPass = ending.signal.aborted
      if (performance.now() - discoveredAt > discoverMs) await tryToDiscover(fromItsBeginning)
      const isMore = await readAll()
      if (performance.now() - savedAt > saveMs) await tryToSave()
      if (isMore) newsAt = performance.now()
      else if (isLastPass) return
      else if (performance.now() - newsAt < calmAfterMs) await sleep(busyMs, ending.signal)
      else if (!wake.arm([...logs.values()].map(({ directory }) => directory))) await wake.next(lookMs)
    }
  }

  return {
    start: async () => {
      await ledger.load()
      ledger.keep((key) => config.log[key === keyOfPxf ? 'pxf' : 'database'] !== 'off')
      // What was written before this program ever followed a log is history.
      await tryToDiscover({ at: 'end' })
      running = run().catch((error: unknown) =>
        logger.error('the logs of the servers are no longer followed; restart the container', {
          reason: reasonOf(error),
        }),
      )
    },
    finish: async (ms) => {
      let hasEnded = false
      void running.then(() => (hasEnded = true))
      discoveredAt = -Infinity
      ending.abort()
      wake.now()
      await outlet.waitFor(() => hasEnded, ms)
      giveUp.abort()
      await running
      wake.close()
      for (const { follower } of logs.values()) await follower.close()
      const { written } = sink.progress()
      await outlet.waitFor(() => sink.progress().gone >= written, ms)
      await tryToSave()
    },
  }
}

const fromItsBeginning: Begin = { at: 'position', position: undefined }

async function wantedLogs({ greenplum, log, pxf }: Config): Promise<Wanted[]> {
  const servers = log.database === 'off' ? [] : await findLoggingServers(greenplum)
  const ofServers = servers.map(({ key, logDirectory, name }): Wanted => {
    return { key, directory: logDirectory, format: csvFormat(log.database), about: name }
  })
  if (log.pxf === 'off' || !pxf.enabled) return ofServers
  const directory = join(pxf.base, 'logs')
  return [...ofServers, { key: keyOfPxf, directory, format: javaFormat(log.pxf), about: undefined }]
}
