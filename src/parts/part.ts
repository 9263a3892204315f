/**
 * What makes a start complete is a list of parts (all.ts). Each is one folder with one `part.ts`, and keeps this
 * contract. The supervisor walks the list and knows no part by name.
 *
 *   prepare ──▶ run ─────────────────────────────────────────────▶ stop
 *                └─ database serves ──▶ serve ────────────────────▶
 *                                       reconcile, conclude, then look and reconcile every 25 s
 */
import type { RunTool } from '../children/tool.ts'
import type { Config, Environment } from '../config/config.ts'
import type { Finding } from '../findings/finding.ts'
import type { DirectoryProof } from '../greenplum/control-data.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import type { ShutdownStep, StopBudget } from '../greenplum/shutdown.ts'
import { isCoordinator, type ComponentChange, type ComponentStatus } from '../health/components.ts'
import type { Counters } from '../health/metrics.ts'
import type { Facts } from '../health/report.ts'
import type { Loggers, Logger } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'

export interface Part {
  /** In `/status`, in `?for=`, in the metrics and in the log. */
  readonly name: string
  /** Parts that come before this one in a round; all of them stand before it in the list. */
  readonly after: readonly string[]
  /** What it is when a run begins. One that is `disabled` takes no part in the rounds. */
  readonly begins: (config: Config) => Beginning
  /** What the part counts, and how the metrics call it. */
  readonly counters?: Counters
  /** One for each run. Nothing happens before a verb of the work is called. */
  readonly create: (run: PartRun) => Work
}

export interface Beginning {
  readonly state: 'pending' | 'disabled'
  /** What is waited for, or why it is switched off. */
  readonly reason: string
}

/** Every verb ends soon after its signal aborts, and leaves nothing half done. */
export interface Work {
  /** Before the first child. @throws what makes a start impossible */
  readonly prepare?: (signal: AbortSignal) => Promise<void>
  /** From the first child to the stop. */
  readonly run?: (signal: AbortSignal) => Promise<void>
  /** From the moment at which the database serves to the stop. */
  readonly serve?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Observes, decides, applies. Reports its own state; a failure that somebody can fix is reported, not thrown. */
  readonly reconcile?: (round: Round, signal: AbortSignal) => Promise<Outcome>
  /** After the first round of all parts: what came later may have been what was missing. */
  readonly conclude?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Before a later round: reports what is lost, and changes nothing. */
  readonly look?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** The way down. All parts stop side by side, within one budget. */
  readonly stop?: (budget: StopBudget) => Promise<StopReport>
}

export type Outcome = 'changed' | 'unchanged'

export interface Round {
  readonly target: SessionTarget
  /** The first round waits for what passes by itself; a later one leaves that to the next. */
  readonly isFirst: boolean
}

/** What a part found on its way down. Only a part with servers has something to prove. */
export interface StopReport {
  readonly steps: readonly ShutdownStep[]
  readonly directories: readonly DirectoryProof[]
  readonly proven: boolean
  /** The marker of an unfinished first start is on the volume: nobody has data there. */
  readonly firstStartUnfinished: boolean
}

/** What happens to a part that is of concern for the whole run. */
export type PartEvent =
  | { readonly type: 'database-accepting'; readonly target?: SessionTarget }
  | { readonly type: 'script-exited' | 'database-died' | 'configuration-failed'; readonly text: string }

/** What a part works with. */
export interface PartRun {
  readonly config: Config
  readonly environment: Environment
  /** Passed on to the start script: roles other than the single node take some. */
  readonly scriptArguments: readonly string[]
  /** Of this program: servers older than it are not its own. */
  readonly pid: number
  readonly logger: Logger
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained'>
  readonly runTool: RunTool
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** Reports the state of this part. */
  readonly report: (change: ComponentChange) => void
  /** @param name of another part; without it, this one's own status */
  readonly status: (name?: string) => ComponentStatus
  readonly learn: (facts: Partial<Facts>) => void
  /** Into the log and `/status`. */
  readonly note: (finding: Finding) => void
  readonly count: (counter: string) => void
  /** Notes an event on the timeline. */
  readonly mark: (event: string) => void
  /** The part's own watch moved; liveness rests on it from the first time on. */
  readonly moved: () => void
  readonly raise: (event: PartEvent) => void
}

export const pending = (reason: string): Beginning => ({ state: 'pending', reason })
export const disabled = (reason: string): Beginning => ({ state: 'disabled', reason })

/** For what only the coordinator does, for all hosts. */
export const onCoordinator = (config: Config, reason: string): Beginning =>
  isCoordinator(config) ? pending(reason) : disabled('the coordinator does this, not this host')

export const nothingToProve: StopReport = {
  steps: [],
  directories: [],
  proven: true,
  firstStartUnfinished: false,
}
