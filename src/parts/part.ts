/**
 * The contract of a part. A complete start consists of a list of parts (all.ts); each is one folder with a `part.ts`.
 * The supervisor goes through the list and knows no part by name.
 *
 *   prepare ──▶ run ─────────────────────────────────────────────▶ stop
 *                └─ database serves ──▶ serve ────────────────────▶
 *                                       reconcile, conclude, then look and reconcile every 25 s
 */
import type { RunTool } from '../children/tool.ts'
import type { Config, Environment } from '../config/config.ts'
import type { Finding } from '../findings/finding.ts'
import type { ShutdownState } from '../greenplum/control-data.ts'
import type { SessionTarget } from '../greenplum/session.ts'
import type { ShutdownStep, StopBudget } from '../greenplum/shutdown.ts'
import { isCoordinator } from '../config/role.ts'
import type { ComponentChange, ComponentStatus } from '../health/components.ts'
import { variableName } from '../image/profile.ts'
import type { Family } from '../health/exposition.ts'
import type { Counters } from '../health/metrics.ts'
import type { Facts } from '../health/report.ts'
import type { Loggers, Logger } from '../logging/logger.ts'
import type { LogSink } from '../logging/sink.ts'

export interface Part {
  /** As shown in `/status`, `?for=`, the metrics and the log. */
  readonly name: string
  /** Parts that precede this one in a round; they also precede it in the list. */
  readonly after: readonly string[]
  /** Its state when a run starts. A `disabled` part is skipped in rounds. */
  readonly begins: (config: Config) => Beginning
  /** The counters of the part, with their names in the metrics. */
  readonly counters?: Counters
  /** Called once per run. Nothing happens before a method of the result is called. */
  readonly create: (run: PartRun) => Work
}

export interface Beginning {
  readonly state: 'pending' | 'disabled'
  /** What it is waiting for, or why it is disabled. */
  readonly reason: string
}

/** Every method ends soon after its signal aborts, and leaves nothing half done. */
export interface Work {
  /** Before the first child process. @throws an error that makes a start impossible */
  readonly prepare?: (signal: AbortSignal) => Promise<void>
  /** From the first child process until the stop. */
  readonly run?: (signal: AbortSignal) => Promise<void>
  /** From when the database serves until the stop. */
  readonly serve?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Observes, decides, applies. Reports its state itself; a failure that a user can fix is reported, not thrown. */
  readonly reconcile?: (round: Round, signal: AbortSignal) => Promise<Outcome>
  /** After the first round of all parts, when whatever was missing before may exist. */
  readonly conclude?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Before a later round: reports losses, and changes nothing. */
  readonly look?: (target: SessionTarget, signal: AbortSignal) => Promise<void>
  /** Measures what the snapshot does not have, when `/metrics` asks. A part that fails or takes a second is left out. */
  readonly metrics?: (signal: AbortSignal) => Promise<readonly Family[]>
  /** Shuts down. All parts stop in parallel, within one time budget. */
  readonly stop?: (budget: StopBudget) => Promise<StopReport>
}

export type Outcome = 'changed' | 'unchanged'

export interface Round {
  readonly target: SessionTarget
  /** The first round retries transient errors; a later one leaves that to the next. */
  readonly isFirst: boolean
}

/** The result of a part's shutdown. Only a part with servers has something to verify. */
export interface StopReport {
  readonly steps: readonly ShutdownStep[]
  readonly directories: readonly ShutdownState[]
  readonly proven: boolean
  /** The volume has the marker of an unfinished first start, so there is no data. */
  readonly firstStartUnfinished: boolean
}

/** Events of a part that affect the whole run. */
export type PartEvent =
  | { readonly type: 'database-accepting'; readonly target?: SessionTarget }
  | { readonly type: 'script-exited' | 'database-died' | 'configuration-failed'; readonly text: string }

/** What a part gets from the run. */
export interface PartRun {
  readonly config: Config
  readonly environment: Environment
  /** Passed on to the start script, which takes arguments in roles other than the single node. */
  readonly scriptArguments: readonly string[]
  /** Variables by which the bash of the start script finds this program (entrypoint/start-script.bash). */
  readonly prelude: Readonly<Record<string, string>>
  /** The process id of this program: servers that started before it belong to an earlier run. */
  readonly pid: number
  /** Of this program and its runtime. */
  readonly versions: Readonly<Record<string, string>>
  readonly logger: Logger
  readonly loggers: Loggers
  readonly sink: Pick<LogSink, 'congested' | 'drained'>
  readonly runTool: RunTool
  readonly toolEnvironment: () => Promise<Readonly<Record<string, string>>>
  /** Reports the state of this part. */
  readonly report: (change: ComponentChange) => void
  /** @param name another part; default: this part */
  readonly status: (name?: string) => ComponentStatus
  readonly learn: (facts: Partial<Facts>) => void
  /** Adds a finding to the log and to `/status`. */
  readonly note: (finding: Finding) => void
  readonly count: (counter: string) => void
  /** Adds an event to the timeline. */
  readonly mark: (event: string) => void
  /** The part's watch made progress. From the first call on, liveness depends on it. */
  readonly moved: () => void
  readonly raise: (event: PartEvent) => void
}

export const pending = (reason: string): Beginning => ({ state: 'pending', reason })
export const disabled = (reason: string): Beginning => ({ state: 'disabled', reason })

/** Why everything of PXF is disabled. */
export const withoutPxf = ({ greenplum }: Config): string =>
  `${variableName(greenplum.profile, 'PXF_ENABLE')}=false`

/** For work that only the coordinator does, for all hosts. */
export const onCoordinator = (config: Config, reason: string): Beginning =>
  isCoordinator(config.greenplum) ? pending(reason) : disabled('done by the coordinator, not on this host')

export const nothingToVerify: StopReport = {
  steps: [],
  directories: [],
  proven: true,
  firstStartUnfinished: false,
}
