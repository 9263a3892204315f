/** What Linux says of other processes in /proc. A process that is gone, or not ours to see, is undefined. */
import { readFile, readdir, readlink } from 'node:fs/promises'

export interface ProcessStat {
  readonly pid: number
  readonly name: string
  /** `Z` is a zombie: it answers kill(pid, 0) and is dead all the same. */
  readonly state: string
  readonly group: number
  readonly session: number
  /** Clock ticks since boot, in which the kernel counts. */
  readonly startTicks: number
}

export async function readProcess(pid: number): Promise<ProcessStat | undefined> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** proc(5): the name stands in parentheses and may hold blanks and parentheses itself. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close === -1) return undefined
  const rest = text.slice(close + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    name: text.slice(open + 1, close),
    state: rest[0] ?? '',
    group: Number(rest[2]),
    session: Number(rest[3]),
    startTicks: Number(rest[19]),
  }
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readProcess(pid)
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X'
}

export async function workingDirectory(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Greenplum's management tools; one that works must not be cut off. */
const tools = /^(gpinitsystem|gpstart|gpstop|gpconfig|gpinitstandby|gpaddmirrors|gprecoverseg|gpexpand)$/

/** The gp* tools at work in a session, by name and pid. They are scripts: their name is an argument. */
export async function toolsAtWork(session: number): Promise<{ pid: number; tool: string }[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readProcess(pid)
      if (stat?.session !== session || stat.state === 'Z') return []
      const tool = await toolName(pid)
      return tool === undefined ? [] : [{ pid, tool }]
    }),
  )
  return found.flat()
}

async function toolName(pid: number): Promise<string | undefined> {
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, 3)
    return words.map((word) => word.slice(word.lastIndexOf('/') + 1)).find((word) => tools.test(word))
  } catch {
    return undefined
  }
}
