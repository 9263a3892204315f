/** Runs one program of Greenplum, PostgreSQL or PXF until it exits, and logs its output. */
import { classifyLine } from '../logging/output.ts'
import { foldPolls } from '../logging/polls.ts'
import type { Logger } from '../logging/logger.ts'
import { describeExit, spawnChild, type Child, type ChildCommand, type ChildExit } from './child.ts'

export interface ToolRun extends ChildCommand {
  readonly timeoutMs: number
  /** Ends the program early, with TERM, then KILL. */
  readonly signal?: AbortSignal
  readonly log?: Pick<Logger, 'relay'>
}

export interface ToolResult {
  readonly ok: boolean
  /** Why it failed (exit code, signal or timeout, and its last lines); empty on success. */
  readonly failure: string
  readonly output: string
}

export type RunTool = (run: ToolRun) => Promise<ToolResult>

/** The output of a tool that has to succeed. @throws with its failure */
export async function outputOf(run: ToolRun, runTool: RunTool): Promise<string> {
  const { ok, failure, output } = await runTool(run)
  if (!ok) throw new Error(failure)
  return output
}

/** Enough of the output to find the cause of a failure, within bounded memory. */
const keptLines = 200
const keptCharacters = 4096
/** Between TERM and KILL. */
const forceAfterMs = 3000
/** Time to read the rest of the output after the exit; a daemon may keep the pipe open for ever. */
const drainMs = 200

export const runTool: RunTool = async (run) => {
  const lines: string[] = []
  const tool = baseName(run.command)
  const polls = foldPolls(({ level, message, fields }) => run.log?.relay(level, message, { tool, ...fields }))
  const child = spawnChild(run, {
    line: ({ text }) => {
      lines.push(text.length > keptCharacters ? `${text.slice(0, keptCharacters)}…` : text)
      if (lines.length > keptLines) lines.shift()
      polls.log(classifyLine(text))
    },
    congested: () => false,
    drained: () => Promise.resolve(),
  })
  const { exit, cause } = await endOf(child, run)
  await child.drain(drainMs)
  polls.end()
  const ok = exit.code === 0
  return {
    ok,
    output: lines.join('\n'),
    failure: ok ? '' : describeFailure(run, cause === '' ? describeExit(exit) : cause, lines),
  }
}

async function endOf(child: Child, run: ToolRun): Promise<{ exit: ChildExit; cause: string }> {
  let cause = ''
  let force: NodeJS.Timeout | undefined
  const end = (why: string) => {
    if (cause !== '') return
    cause = why
    child.signalGroup('SIGTERM')
    force = setTimeout(() => child.signalGroup('SIGKILL'), forceAfterMs)
  }
  const timer = setTimeout(
    () => end(`not finished within ${Math.round(run.timeoutMs / 1000)} s`),
    run.timeoutMs,
  )
  const abort = () => end('canceled')
  if (run.signal?.aborted === true) abort()
  run.signal?.addEventListener('abort', abort, { once: true })
  const exit = await child.exited
  clearTimeout(timer)
  clearTimeout(force)
  run.signal?.removeEventListener('abort', abort)
  return { exit, cause }
}

function describeFailure(run: ToolRun, reason: string, lines: readonly string[]): string {
  const last = lines.filter((line) => line.trim() !== '').slice(-3)
  const what = [baseName(run.command), ...run.arguments].join(' ')
  return `${what}: ${reason}${last.length === 0 ? '' : ` (${last.join(' | ')})`}`
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
