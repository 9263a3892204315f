/**
 * Runs the base image's start script as a child process, logs its lines and reports its stages. Its end is handled in
 * shutdown.ts, because a signal in the middle would leave its tools behind (docs/base-image.md, traps 5 and 6).
 */
import { spawnChild, type Child, type ChildCommand } from '../children/child.ts'
import type { LineConsumer } from '../logging/lines.ts'
import type { Loggers } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'
import type { StageLine } from '../image/profile.ts'
import { csvAssembler, isCsvRecord } from '../logging/csv-log.ts'
import { classifyLine } from '../logging/output.ts'
import { foldPolls } from '../logging/polls.ts'
import { waitUntil } from '../time.ts'
import { childrenOf } from './processes.ts'
import { stageAfter, type Stage } from './stages.ts'

export interface StartScript extends Child {
  readonly stage: () => Stage
}

export interface StartScriptPorts {
  readonly stageLines: readonly StageLine[]
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained'>
  readonly onStage: (stage: Stage) => void
  /** A line of a tool: of Greenplum, or of this program in place of it. */
  readonly onToolLine: (line: { readonly tool: unknown; readonly message: string }) => void
}

export function runStartScript(command: ChildCommand, ports: StartScriptPorts): StartScript {
  let stage: Stage = 'launched'
  const ended = new AbortController()
  // Two, because a line of standard error must not end up inside an open record.
  const pipes = [createPipe(ports), createPipe(ports)] as const
  /** Uses only complete lines outside csv records, because a logged statement may contain any text. */
  const advance = (text: string) => {
    const next = stageAfter(ports.stageLines, stage, text)
    if (next === stage) return
    stage = next
    ports.onStage(next)
  }
  const consumerOf = ({ assembler, log }: Pipe): LineConsumer => ({
    line: ({ text, continues, partial }) => {
      const records = assembler.push(text)
      if (records.length === 0) doubt(text)
      for (const record of records) {
        if (partial !== true && !isCsvRecord(record)) advance(record)
        log(record, continues)
      }
    },
    congested: ports.sink.congested,
    drained: ports.sink.drained,
  })
  /**
   * The script's last line may appear inside an incomplete csv record, because `tail` prints the log at the same time.
   * But a logged statement may also contain that line. If the real one were missed, the run would never become ready.
   * It therefore counts once the script only waits.
   */
  const doubt = (text: string) => {
    if (stageAfter(ports.stageLines, stage, text) !== 'init-scripts-done') return
    void waitUntil(onlyWaits(child.pid), { ms: Infinity, everyMs: idleMs, signal: ended.signal }).then(
      (waits) => (waits ? advance(text) : undefined),
      () => undefined,
    )
  }
  const child = spawnChild(command, consumerOf(pipes[0]), consumerOf(pipes[1]))
  void child.exited.then(() => ended.abort())
  return {
    ...child,
    stage: () => stage,
    drain: async (ms) => {
      await child.drain(ms)
      for (const pipe of pipes) pipe.end()
    },
  }
}

interface Pipe {
  readonly assembler: ReturnType<typeof csvAssembler>
  readonly log: (text: string, continues?: true) => void
  readonly end: () => void
}

function createPipe({ loggers, onToolLine }: Pick<StartScriptPorts, 'loggers' | 'onToolLine'>): Pipe {
  const assembler = csvAssembler()
  const polls = foldPolls(({ component, level, message, fields }) => {
    const quiet = message.trim() === '' ? 'debug' : level
    loggers(component).relay(quiet, message, fields)
  })
  const log: Pipe['log'] = (text, continues) => {
    // The script follows the coordinator's log as well, unless its `tail` was replaced (entrypoint/start-script.bash).
    if (isCsvRecord(text)) return
    const record = classifyLine(text)
    if (record.component === 'gp-tool') onToolLine({ tool: record.fields['tool'], message: record.message })
    polls.log(continues === true ? { ...record, fields: { ...record.fields, continues } } : record)
  }
  return {
    assembler,
    log,
    end: () => {
      for (const record of assembler.end()) log(record)
      polls.end()
    },
  }
}

const idleMs = 500
const idleLooks = 3

/** @returns a check that succeeds once the script has run nothing but `tail` and `sleep` several times in a row */
function onlyWaits(pid: number | undefined): () => Promise<boolean> {
  let looks = 0
  return async () => {
    const names = pid === undefined ? [] : await childrenOf(pid)
    looks = names.every((name) => name === 'tail' || name === 'sleep') ? looks + 1 : 0
    return looks >= idleLooks
  }
}
