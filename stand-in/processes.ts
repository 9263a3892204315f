/**
 * The stand-in's processes, found by the pid files that they write themselves. A pid counts only if its command
 * line names the scratch folder: pids are given out again, and nobody else's process may be touched.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { kill } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface StandInProcesses {
  readonly coordinator: number | undefined
  /** By content id; undefined is a segment that is down. */
  readonly segments: readonly (number | undefined)[]
  readonly pxf: number | undefined
  /** The start script, the gp* tools and the start script's `tail`, those that live. */
  readonly scripts: readonly { readonly name: string; readonly pid: number }[]
}

/** What runs now below a scratch folder. */
export function findProcesses(root: string): StandInProcesses {
  const server = (directory: string | undefined): number | undefined =>
    directory === undefined ? undefined : livePid(`${root}/`, join(directory, 'postmaster.pid'))
  return {
    coordinator: server(below(join(root, 'data/master'))[0]),
    segments: segmentDirectories(root).map(server),
    pxf: livePid(`${root}/`, join(root, 'data/pxf/run/pxf-app.pid')),
    scripts: below(join(root, 'state'))
      .filter((path) => path.endsWith('.pid'))
      .flatMap((path) => {
        const pid = livePid(`${root}/`, path)
        return pid === undefined ? [] : [{ name: nameOf(path), pid }]
      }),
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.\d+\.pid$/, '')

/** Coordinator first, then the segments by content id: those that exist on disk. */
export function serverDirectories(root: string): string[] {
  return [...below(join(root, 'data/master')).slice(0, 1), ...segmentDirectories(root)]
}

function segmentDirectories(root: string): string[] {
  return below(join(root, 'data'))
    .filter((path) => /\/\d\d$/.test(path))
    .flatMap((path) => below(join(path, 'primary')).slice(0, 1))
}

function below(directory: string): string[] {
  try {
    return readdirSync(directory)
      .toSorted()
      .map((name) => join(directory, name))
  } catch {
    return []
  }
}

/** The pid in a file, if a process with it lives and its command line holds the text. */
export function livePid(text: string, pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    return pid > 0 && commandLine(pid).includes(text) ? pid : undefined
  } catch {
    return undefined
  }
}

/** Empty for a zombie, and for a process that is gone. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    // Most notes are of processes that are gone, and each call of ps costs as much as a whole look.
    return hasProc ? '' : commandLineFromPs(pid)
  }
}

const hasProc = existsSync('/proc/self')

/** For systems without /proc. */
function commandLineFromPs(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

type Signal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'

/** Longest wait for the servers to write their checkpoint; after it they are told to quit, then killed. */
const fastStopMs = 20_000
const quitMs = 5_000
const killMs = 2_000

/**
 * Ends whatever still runs below a scratch folder: the scripts first, so that nothing is started again, then
 * PXF and the servers, gently at first. Answers what had to be ended.
 */
export async function stopStandIn(root: string): Promise<StandInProcesses> {
  const found = findProcesses(root)
  send(
    'SIGKILL',
    found.scripts.map((script) => script.pid),
  )
  const daemons = (): number[] => {
    const { coordinator, segments, pxf } = findProcesses(root)
    return [coordinator, ...segments, pxf].filter((pid) => pid !== undefined)
  }
  const steps: readonly (readonly [Signal, number])[] = [
    ['SIGINT', fastStopMs],
    ['SIGQUIT', quitMs],
    ['SIGKILL', killMs],
  ]
  for (const [signal, limitMs] of steps) {
    send(signal, daemons())
    if (await waitUntil(() => daemons().length === 0, limitMs)) break
  }
  for (const path of below(join(root, 'state'))) if (path.endsWith('.pid')) rmSync(path, { force: true })
  return found
}

function send(signal: Signal, pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      kill(pid, signal)
    } catch {
      // It has ended in the meantime.
    }
  }
}

async function waitUntil(condition: () => boolean, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(50)) if (condition()) return true
  return condition()
}
