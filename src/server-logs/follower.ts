/**
 * Follows the log files of one folder, one after the other, and passes on their records in order. It keeps no text: what
 * is not yet a whole record is read again, so memory is bounded by the one block that all followers share. A position is
 * only moved behind what was passed on.
 */
import { levelOf, type OutputRecord } from '../logging/csv-log.ts'
import { mayHaveControls, withoutControls } from '../logging/lines.ts'
import type { Component } from '../logging/record.ts'
import { layoutOf, type Layout } from './csv-layout.ts'
import { beforeTheFirst, isSameFile, openLogFile, positionIn, type LogFile } from './log-file.ts'
import { createLogFolder, type LogFolder } from './log-folder.ts'
import type { Position } from './positions.ts'
import type { OpenRecord, Span, Splitter } from './split.ts'

export interface Format {
  readonly component: Component
  readonly isLog: (name: string) => boolean
  readonly split: Splitter
  readonly parse: (text: string) => OutputRecord | undefined
}

export interface FollowerPorts {
  readonly directory: string
  readonly format: Format
  /** Passes on a record, once the reader of the log has room. @returns false if the reading has to end before it */
  readonly relay: (record: OutputRecord) => boolean | Promise<boolean>
  /** Something that readers of the log should know. */
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** Where to begin: at the end of what there is, or behind a position; without one at the beginning. */
export type Begin =
  { readonly at: 'end' } | { readonly at: 'position'; readonly position: Position | undefined }

export interface Follower {
  /**
   * Reads one block at most.
   * @param isEnd nothing is written any more: the last record is whole
   * @returns whether there may be more
   */
  readonly read: (buffer: Buffer, isEnd?: boolean) => Promise<boolean>
  readonly position: () => Position
  readonly close: () => Promise<void>
}

/** The sizes of blocks, in bytes: as a rule, and for a record that is longer than that. */
export const blockBytes = 256 * 1024
export const largestBlockBytes = 1024 * 1024
/** What a restart reads at most of what was written meanwhile, in whole files but for the newest. */
export const mostBacklogBytes = 1024 ** 3
/** After this time without a byte a record without an end mark counts as whole. */
const quietMs = 500
const newline = 10

interface Reading {
  readonly file: LogFile
  offset: number
  /** In which parts of a record were passed on. */
  open: OpenRecord | undefined
  layout: Layout | undefined
  /** Of the next block. */
  length: number
  size: number
  grownAt: number
  /** Nothing will be added to this file any more. */
  isLast: boolean
}

export async function follow(
  ports: FollowerPorts,
  begin: Begin,
  backlogBytes = mostBacklogBytes,
): Promise<Follower> {
  const { directory, format } = ports
  const folder = createLogFolder(directory, format.isLog)
  let reading: Reading | undefined
  let known = beforeTheFirst

  function take({ file, offset }: Beginning): void {
    const now = performance.now()
    const rest = { open: undefined, layout: undefined, isLast: false }
    reading = { file, offset, length: blockBytes, size: offset, grownAt: now, ...rest }
    known = positionIn(file, offset)
  }

  async function read(buffer: Buffer, isEnd = false): Promise<boolean> {
    if (reading === undefined) {
      await folder.look()
      const file = await folder.openNext()
      if (file === undefined) return false
      take({ file, offset: 0 })
    }
    const at = reading
    if (at === undefined) return false
    const size = await at.file.size()
    if (size !== at.size) at.grownAt = performance.now()
    else if (size === at.offset) return atEnd(at)
    if (size < at.offset || (at.size <= at.offset && (await at.file.wasCut()))) startOver(at)
    at.size = size
    return size === at.offset ? atEnd(at) : readBlock(at, { buffer, isEnd })
  }

  function startOver(at: Reading): void {
    ports.report('a log file was cut; it is read from its new beginning', { file: at.file.name, directory })
    at.offset = 0
    at.open = undefined
    at.layout = undefined
  }

  async function atEnd(at: Reading): Promise<boolean> {
    if (at.isLast) {
      reading = undefined
      await at.file.close()
      return true
    }
    // What came while this was found out is read before the file is left.
    at.isLast = await folder.hasGoneOnFrom(at.file)
    return at.isLast
  }

  async function readBlock(
    at: Reading,
    { buffer: shared, isEnd }: { readonly buffer: Buffer; readonly isEnd: boolean },
  ): Promise<boolean> {
    // With the byte before it, which says whether a line begins here.
    const before = at.offset > 0 ? 1 : 0
    const buffer = at.length > shared.length ? Buffer.allocUnsafeSlow(at.length) : shared
    const count = await at.file.read(buffer.subarray(0, at.length), at.offset - before)
    const bytes = buffer.subarray(before, count)
    const isRest = count < at.length
    const { spans, used, open } = format.split({
      bytes,
      layout: await layoutFor(at),
      isLineStart: before === 0 || buffer[0] === newline,
      isFinal: at.isLast && isRest,
      isQuiet: isRest && (isEnd || performance.now() - at.grownAt > quietMs),
      isFull: !isRest && at.length >= largestBlockBytes,
      ...(at.open === undefined ? {} : { open: at.open }),
    })
    const clean = spans.length > 0 && mayHaveControls(bytes) ? withoutControls : asItIs
    for (const span of spans) {
      const passed = ports.relay(recordOf(format, clean(bytes.toString('utf8', span.start, span.end)), span))
      if (typeof passed === 'boolean' ? passed : await passed) continue
      moveTo(at, at.offset + span.start, span.start === 0 ? at.open : undefined)
      return false
    }
    moveTo(at, at.offset + used, open)
    at.length = used === 0 && !isRest ? Math.min(at.length * 4, largestBlockBytes) : blockBytes
    return used > 0 || !isRest || atEnd(at)
  }

  function moveTo(at: Reading, offset: number, open: OpenRecord | undefined): void {
    at.offset = offset
    at.open = open
    // A record that is passed on in parts is passed on again as a whole after a restart.
    if (open === undefined) known = positionIn(at.file, offset)
  }

  const first = await firstOf(folder, { directory, begin, backlogBytes, report: ports.report })
  if (first !== undefined) take(first)
  return {
    read,
    position: () => known,
    close: async () => {
      const file = reading?.file
      reading = undefined
      await file?.close()
    },
  }
}

/** A file that has just been made may have had no beginning yet. */
async function layoutFor(at: Reading): Promise<Layout> {
  if (at.layout !== undefined && at.file.hasWholeHead()) return at.layout
  await at.file.wasCut()
  return (at.layout = layoutOf(at.file.head()))
}

const asItIs = (text: string): string => text

const recordOf = (format: Format, text: string, { continues, severity = '' }: Span): OutputRecord =>
  format.parse(text) ?? {
    component: format.component,
    level: levelOf(severity),
    message: text,
    fields: continues === undefined ? {} : { continues },
  }

interface Beginning {
  readonly file: LogFile
  readonly offset: number
}

interface Beginnings extends Pick<FollowerPorts, 'directory' | 'report'> {
  readonly begin: Begin
  readonly backlogBytes: number
}

/** The file to begin with, if there is one already. */
async function firstOf(folder: LogFolder, given: Beginnings): Promise<Beginning | undefined> {
  const { directory, begin } = given
  await folder.look()
  if (begin.at === 'end') {
    const newest = folder.waiting().at(-1)
    folder.keep([])
    const file = newest === undefined ? undefined : await openLogFile(directory, newest)
    return file === undefined ? undefined : { file, offset: await file.size() }
  }
  const { position } = begin
  if (position === undefined) return undefined
  // Those before it were relayed.
  folder.keep(folder.waiting().filter((name) => name > position.file))
  const file = await openLogFile(directory, position.file)
  const goesOn = file !== undefined && isSameFile(file, position) && (await file.size()) >= position.offset
  return bounded(folder, file && { file, offset: goesOn ? position.offset : 0 }, given)
}

/** Passes over the oldest of what was written while nobody followed, if it is too much. */
async function bounded(
  folder: LogFolder,
  first: Beginning | undefined,
  { directory, backlogBytes, report }: Beginnings,
): Promise<Beginning | undefined> {
  const told = 'too much was logged while nobody followed; the oldest is passed over'
  let left = backlogBytes
  for (const name of folder.waiting().toReversed()) {
    left -= await folder.sizeOf(name)
    if (left > 0) continue
    folder.keep(folder.waiting().filter((other) => other >= name))
    await first?.file.close()
    report(told, { until: name, directory })
    return undefined
  }
  const unread = first === undefined ? 0 : (await first.file.size()) - first.offset
  if (first === undefined || unread <= left) return first
  report(told, { bytes: unread - left, file: first.file.name, directory })
  return { file: first.file, offset: first.offset + unread - left }
}
