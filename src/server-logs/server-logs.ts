/**
 * The logs of all servers of this host, and of PXF, in the log of this program. They are read in turn, a block each, and
 * only as fast as standard output takes their records: nothing is held in memory that is not being written.
 */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import type { OutputRecord } from '../logging/csv-log.ts'
import type { Loggers } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'
import { sleep, waitUntil } from '../time.ts'
import { blockBytes, follow, type Begin, type Follower, type Format } from './follower.ts'
import { csvFormat, javaFormat } from './formats.ts'
import { readPositions, writePositions, type Position, type Positions } from './positions.ts'
import { findLoggingServers, type ServerName } from './servers.ts'
import { createWake } from './wake.ts'

export interface ServerLogs {
  /** From when the volume is locked. */
  readonly start: () => void
  /** After the servers have stopped: relays what they said last, for at most `ms` milliseconds, and ends. */
  readonly finish: (ms: number) => Promise<void>
}

export interface ServerLogsPorts {
  readonly config: Config
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained' | 'progress'>
}

/** While records come, looked for this often; afterwards when a folder changes, and this often if its watch fails. */
const busyMs = 100
const idleMs = 2000
/** Records come in bursts. */
const calmAfterMs = 1000
/** How often new servers, and new names of known ones, are looked for. */
const discoverMs = 2000
/** After a kill, what was relayed since the last save is relayed again. */
const saveMs = 2000
/** A reader of the log that takes nothing for this long is not waited for at the end. */
const stallMs = 750

interface Log {
  readonly key: string
  readonly directory: string
  readonly format: Format
  about: ServerName | undefined
  readonly follower: Follower
  /** Positions and how much must have left the sink before each is true. */
  readonly pending: { readonly written: number; readonly position: Position }[]
}

export function createServerLogs({ config, loggers, sink }: ServerLogsPorts): ServerLogs {
  const { dataDirectory } = config.greenplum
  const logger = loggers('supervisor')
  const relays = { gpdb: loggers('gpdb'), pxf: loggers('pxf') }
  const ending = new AbortController()
  const giveUp = new AbortController()
  const logs = new Map<string, Log>()
  const buffer = Buffer.allocUnsafeSlow(blockBytes)
  const troubles = new Set<string>()
  /** A trouble is told once, until it is over. */
  const trouble = (what: string, error: unknown) => {
    if (troubles.has(what)) return
    troubles.add(what)
    logger.warn(what, { reason: reasonOf(error) })
  }
  const wake = createWake((error) =>
    trouble('a folder of logs cannot be watched; it is looked at instead', error),
  )
  let saved: Positions | undefined
  let discoveredAt = -Infinity
  let savedAt = performance.now()
  let running = Promise.resolve()

  async function discover(): Promise<void> {
    if (performance.now() - discoveredAt < discoverMs && !ending.signal.aborted) return
    const isFirst = discoveredAt === -Infinity
    const wanted = await wantedLogs()
    discoveredAt = performance.now()
    for (const { key, directory, format, about } of wanted) {
      const log = logs.get(key)
      if (log === undefined) await add({ key, directory, format, about }, isFirst)
      else log.about = about
    }
    const gone = [...logs.values()].filter(({ key }) => wanted.every((one) => one.key !== key))
    for (const { key, follower } of gone) {
      logs.delete(key)
      await follower.close()
    }
  }

  async function wantedLogs(): Promise<Omit<Log, 'follower' | 'pending'>[]> {
    const { database, pxf } = config.log
    const servers = database === 'off' ? [] : await findLoggingServers(config.greenplum)
    const ofServers = servers.map(({ key, logDirectory, name }) => {
      return { key, directory: logDirectory, format: csvFormat(database), about: name }
    })
    if (pxf === 'off' || !config.pxf.enabled) return ofServers
    const ofPxf = {
      key: 'pxf',
      directory: join(config.pxf.base, 'logs'),
      format: javaFormat(pxf),
      about: undefined,
    }
    return [...ofServers, ofPxf]
  }

  async function add(log: Omit<Log, 'follower' | 'pending'>, isFirst: boolean): Promise<void> {
    const position = saved?.[log.key]
    // What was written before this program ever followed this log is history.
    const begin: Begin = position === undefined && isFirst ? { at: 'end' } : { at: 'position', position }
    const { directory, format } = log
    const follower = await follow(
      {
        directory,
        format,
        relay: (record) => relay(log.key, record),
        report: (message, fields) => logger.warn(message, fields),
      },
      begin,
    )
    logs.set(log.key, { ...log, follower, pending: [] })
    savedAt = -Infinity
  }

  function relay(key: string, record: OutputRecord): boolean | Promise<boolean> {
    if (sink.congested()) return whenDrained().then((goesOn) => goesOn && write(key, record))
    return write(key, record)
  }

  function write(key: string, { component, level, message, fields }: OutputRecord): true {
    relays[component === 'pxf' ? 'pxf' : 'gpdb'].relay(level, message, { ...logs.get(key)?.about, ...fields })
    return true
  }

  /** @returns false if the end did not wait for it */
  function whenDrained(): Promise<boolean> {
    const given = Promise.withResolvers<boolean>()
    const onGiveUp = () => given.resolve(false)
    if (giveUp.signal.aborted) onGiveUp()
    giveUp.signal.addEventListener('abort', onGiveUp, { once: true })
    void sink.drained().then(() => given.resolve(true))
    return given.promise.finally(() => giveUp.signal.removeEventListener('abort', onGiveUp))
  }

  /** One block of each log. @returns whether there may be more */
  async function readAll(): Promise<boolean> {
    let isMore = false
    for (const log of logs.values()) {
      isMore = (await readOne(log)) || isMore
      if (giveUp.signal.aborted) return false
    }
    return isMore
  }

  async function readOne({ directory, follower, pending }: Log): Promise<boolean> {
    try {
      const isMore = await follower.read(buffer, ending.signal.aborted)
      const position = follower.position()
      const { written } = sink.progress()
      if (pending.at(-1)?.written === written) pending.pop()
      if (position !== undefined) pending.push({ written, position })
      return isMore
    } catch (error) {
      trouble(`cannot read the logs in ${directory}; trying again`, error)
      return false
    }
  }

  /** Saves what has certainly left this program. */
  async function save(): Promise<void> {
    const { gone } = sink.progress()
    savedAt = performance.now()
    const now: Record<string, Position> = { ...saved }
    for (const { key, pending } of logs.values()) {
      while ((pending[1]?.written ?? Infinity) <= gone) pending.shift()
      const [first] = pending
      if (first !== undefined && first.written <= gone) now[key] = first.position
    }
    if (JSON.stringify(now) === JSON.stringify(saved)) return
    try {
      await writePositions(dataDirectory, now)
      saved = now
      troubles.delete(cannotSave)
    } catch (error) {
      trouble(cannotSave, error)
    }
  }

  async function run(): Promise<void> {
    saved = (await readPositions(dataDirectory)) ?? {}
    let lastNews = performance.now()
    for (;;) {
      await discover().catch((error: unknown) =>
        trouble('cannot look for the logs of servers; trying again', error),
      )
      const isMore = await readAll()
      if (performance.now() - savedAt > saveMs) await save()
      if (isMore) lastNews = performance.now()
      else if (ending.signal.aborted) return
      else if (performance.now() - lastNews < calmAfterMs) await sleep(busyMs, ending.signal)
      else if (!wake.arm([...logs.values()].map(({ directory }) => directory))) await wake.next(idleMs)
    }
  }

  return {
    start: () => {
      running = run().catch((error: unknown) =>
        logger.error('the logs of the servers are no longer followed; restart the container', {
          reason: reasonOf(error),
        }),
      )
    },
    finish: async (ms) => {
      const deadline = setTimeout(() => giveUp.abort(), ms)
      ending.abort()
      wake.now()
      await running
      clearTimeout(deadline)
      wake.close()
      for (const { follower } of logs.values()) await follower.close()
      await taken(sink.progress().written, ms)
      await save()
    },
  }

  async function taken(written: number, ms: number): Promise<void> {
    let { gone } = sink.progress()
    let since = performance.now()
    await waitUntil(
      () => {
        const now = sink.progress().gone
        if (now !== gone) [gone, since] = [now, performance.now()]
        return now >= written || performance.now() - since > stallMs
      },
      { ms, everyMs: 5 },
    )
  }
}

const cannotSave =
  'cannot save how far the logs of the servers were relayed; after a restart records may come twice'
