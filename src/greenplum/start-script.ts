/**
 * The base image's start script as a child: its lines in the log, its stage as events. How it ends is the
 * supervisor's business (shutdown.ts); a signal sent to it mid-way would leave its tools behind
 * (docs/base-image.md, traps 5 and 6).
 */
import { spawnChild, type Child, type ChildCommand } from '../children/child.ts'
import type { LineConsumer } from '../logging/lines.ts'
import type { Loggers } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'
import type { StageLine } from '../image/profile.ts'
import { csvAssembler, isCsvRecord } from '../logging/csv-log.ts'
import { classifyRecord } from '../logging/output.ts'
import { stageAfter, type Stage } from './stages.ts'

export interface StartScript extends Child {
  readonly stage: () => Stage
}

export interface StartScriptPorts {
  readonly stageLines: readonly StageLine[]
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained'>
  readonly onStage: (stage: Stage) => void
}

export function runStartScript(command: ChildCommand, ports: StartScriptPorts): StartScript {
  let stage: Stage = 'launched'
  // One for each pipe: a line of standard error must not end up inside an open record.
  const assemblers = [csvAssembler(), csvAssembler()] as const
  const log = (text: string, continues?: true) => {
    const { component, level, message, fields } = classifyRecord(text)
    const quiet = message.trim() === '' ? 'debug' : level
    ports.loggers(component).relay(quiet, message, continues === true ? { ...fields, continues } : fields)
  }
  /** Only whole lines, which no record of the csv log quotes: a statement may say anything. */
  const advance = (text: string) => {
    const next = stageAfter(ports.stageLines, stage, text)
    if (next === stage) return
    stage = next
    ports.onStage(next)
  }
  const consumerOf = (assembler: ReturnType<typeof csvAssembler>): LineConsumer => ({
    line: ({ text, continues, partial }) => {
      for (const record of assembler.push(text)) {
        if (partial !== true && !isCsvRecord(record)) advance(record)
        log(record, continues)
      }
    },
    congested: ports.sink.congested,
    drained: ports.sink.drained,
  })
  const child = spawnChild(command, consumerOf(assemblers[0]), consumerOf(assemblers[1]))
  return {
    ...child,
    stage: () => stage,
    drain: async (ms) => {
      await child.drain(ms)
      for (const record of assemblers.flatMap((assembler) => assembler.end())) log(record)
    },
  }
}
