/**
 * Reads the state of other processes from /proc. For a process that is gone, the result is undefined. Other failures
 * (no permission, no file descriptor left) throw.
 */
import { readFileSync, statSync } from 'node:fs'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { errnoOf, unlessGone } from '../errors.ts'

export interface ProcessStat {
  readonly pid: number
  readonly name: string
  /** `Z` is a zombie: kill(pid, 0) succeeds, but the process is dead. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** The start time in clock ticks since boot. */
  readonly startTicks: number
}

/** Of a container that was started with `--user`, the first process belongs to that user. In doubt, as ever. */
export function isStartedByRoot(): boolean {
  try {
    return statSync('/proc/1').uid === 0
  } catch {
    return true
  }
}

/**
 * Read at once, in microseconds: the kernel makes this file without waiting for the process or a disk. Through the thread
 * pool it takes many times as long, and servers are looked at every second.
 */
export async function readProcess(pid: number): Promise<ProcessStat | undefined> {
  const text = await unlessGone(Promise.resolve().then(() => readFileSync(`/proc/${pid}/stat`, 'utf8')))
  return text === undefined ? undefined : parseStat(text)
}

/** proc(5): the name is in parentheses and may itself contain blanks and parentheses. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close === -1) return undefined
  const rest = text.slice(close + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state: rest[0] ?? '',
    parent: Number(rest[1]),
    group: Number(rest[2]),
    session: Number(rest[3]),
    startTicks: Number(rest[19]),
  }
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readProcess(pid)
  return stat !== undefined && !hasEnded(stat)
}

/** It is still listed, because its parent has not looked yet. */
export const hasEnded = ({ state }: Pick<ProcessStat, 'state'>): boolean => state === 'Z' || state === 'X'

/** `hidden`: the process belongs to another user, so its directory cannot be read. */
export async function workingDirectory(
  pid: number,
): Promise<{ readonly path: string } | 'hidden' | undefined> {
  try {
    const path = await unlessGone(readlink(`/proc/${pid}/cwd`))
    return path === undefined ? undefined : { path }
  } catch (error) {
    if (isForbidden(error)) return 'hidden'
    throw error
  }
}

const isForbidden = (error: unknown): boolean => errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM'

/** A tool is a script, so its name is an argument; or this program works in its place (commands/instead-of.ts). */
function toolOf(words: readonly string[], tools: readonly string[]): string | undefined {
  const own = words.indexOf('instead-of')
  const names = own > 0 ? words.slice(own + 1, own + 2) : words.slice(0, 3)
  return names.map((word) => word.slice(word.lastIndexOf('/') + 1)).find((name) => tools.includes(name))
}

/**
 * The tools that are running in a session, by name and pid. They are scripts, so their name is an argument. Processes
 * that /proc hides belong to another user, so they cannot be in a session of this program.
 */
export async function runningTools(
  session: number,
  tools: readonly string[],
): Promise<{ pid: number; tool: string }[]> {
  const found = await Promise.all(
    (await readVisibleProcesses()).map(async (stat) => {
      const { pid } = stat
      if (stat.session !== session || stat.state === 'Z') return []
      const words = ((await unlessGone(readFile(`/proc/${pid}/cmdline`, 'utf8'))) ?? '').split('\0')
      const tool = toolOf(words, tools)
      return tool === undefined ? [] : [{ pid, tool }]
    }),
  )
  return found.flat()
}

export interface Working {
  readonly pid: number
  /** The real path of the directory. */
  readonly folder: string
}

/** Where each process works. Those of other users, which hide it, are left out. */
export async function readWorkingDirectories(): Promise<Working[]> {
  const found = await Promise.all(
    (await readVisibleProcesses()).map(async ({ pid, state }) => {
      const folder = state === 'Z' ? undefined : await workingDirectory(pid)
      return typeof folder === 'object' ? [{ pid, folder: folder.path }] : []
    }),
  )
  return found.flat()
}

/** The command lines of the children, which for those of a server are titles. */
export async function readTitles(parent: number): Promise<string[]> {
  const children = (await readVisibleProcesses()).filter((stat) => stat.parent === parent)
  const lines = await Promise.all(
    children.map(({ pid }) => unlessGone(readFile(`/proc/${pid}/cmdline`, 'utf8'))),
  )
  return lines.filter((line) => line !== undefined).map((line) => line.replaceAll('\0', ' ').trim())
}

/** The names of the child processes that are currently running. */
export const childrenOf = async (pid: number): Promise<string[]> =>
  (await readVisibleProcesses())
    .filter(({ parent, state }) => parent === pid && state !== 'Z')
    .map(({ name }) => name)

async function readVisibleProcesses(): Promise<ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  return (await Promise.all(pids.map(readVisible))).filter((stat) => stat !== undefined)
}

async function readVisible(pid: number): Promise<ProcessStat | undefined> {
  try {
    return await readProcess(pid)
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}
