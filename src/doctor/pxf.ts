/** PXF as a service: whether it responds, why not, and how often it was restarted. */
import { connect } from 'node:net'
import { variableName, type ImageProfile } from '../image/profile.ts'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding, type Opinion } from '../findings/finding.ts'
import type { ComponentStatus } from '../health/components.ts'
import { causeIn, freePort, jvmLine, type Cause } from '../pxf/cause.ts'
import { observeClassData } from '../pxf/class-data.ts'
import { isHealthy, observeJvm, type Jvm } from '../pxf/probe.ts'
import { readTail } from '../regular-file.ts'
import type { Answer, Around } from './supervisor.ts'

export interface PxfFacts {
  readonly enabled: boolean
  readonly port: number
  readonly base: string
  /** The administrator. */
  readonly user: string
  readonly jvm: Jvm
  /** For the names of the image's variables. */
  readonly profile: Pick<ImageProfile, 'prefix'>
  readonly answers: boolean
  /** Something accepts connections on the port. */
  readonly portOpen: boolean
  /** The last lines of logs/pxf-app.out. */
  readonly output: readonly string[]
  /** When logs/pxf-oom.log was last written; 0 if it does not exist. */
  readonly outOfMemoryMs: number
  /** The state reported by the running supervisor. */
  readonly component: ComponentStatus | undefined
  readonly starts: number
  readonly runSinceMs: number
  /** Why the class data of the image cannot be used; undefined if they can, or are not wanted. */
  readonly classDataReason: string | undefined
}

type Tools = () => Promise<Readonly<Record<string, string>>>

/** @param toolEnvironment failures are ignored here, because whoever needs the environment reports them */
export async function observePxf(
  { pxf, greenplum }: Config,
  answer: Answer,
  toolEnvironment: Tools,
): Promise<PxfFacts> {
  const log = (name: string) => readTail(join(pxf.base, 'logs', name))
  const [jvm, answers, portOpen, output, outOfMemory, classDataReason] = await Promise.all([
    observeJvm(pxf.base),
    isHealthy(pxf.port),
    isOpen(pxf.port),
    log('pxf-app.out'),
    log('pxf-oom.log'),
    reasonAgainstClassData(pxf, toolEnvironment),
  ])
  const snapshot = answer.kind === 'snapshot' ? answer.snapshot : undefined
  return {
    enabled: pxf.enabled,
    profile: greenplum.profile,
    port: pxf.port,
    base: pxf.base,
    user: greenplum.user,
    jvm,
    answers,
    portOpen,
    output: output.lines,
    outOfMemoryMs: outOfMemory.modifiedMs,
    component: snapshot?.components.pxf,
    starts: (snapshot?.counters.pxfRestarts ?? 0) + 1,
    runSinceMs: snapshot === undefined ? 0 : Date.parse(snapshot.startedAt),
    classDataReason,
  }
}

async function reasonAgainstClassData(
  pxf: Config['pxf'],
  toolEnvironment: Tools,
): Promise<string | undefined> {
  const tools = await toolEnvironment().catch(() => undefined)
  if (tools?.['JAVA_HOME'] === undefined) return undefined
  const found = await observeClassData(pxf, tools)
  return found.state === 'unsuited' ? found.reason : undefined
}

const connectMs = 1000

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: connectMs })
    const done = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket
      .once('connect', () => done(true))
      .once('timeout', () => done(false))
      .once('error', () => done(false))
  })
}

export function judgePxf(facts: PxfFacts, { running, advice }: Around): Opinion {
  if (!facts.enabled)
    return { seen: `disabled (${variableName(facts.profile, 'PXF_ENABLE')}=false)`, findings: [] }
  if (running === 'elsewhere') return { seen: 'running in another container', findings: [] }
  if (running === 'nowhere' && !facts.answers)
    return { seen: 'not running, and neither is the supervisor', findings: leftBehind(facts, advice) }
  const up = facts.answers && facts.jvm.state === 'alive'
  const starts = facts.starts > 1 ? `, started ${facts.starts} times in this run` : ''
  return {
    seen: up ? `responds on port ${facts.port}${starts}` : 'does not respond',
    findings: [...(up ? restarts(facts, advice) : [down(facts, advice)]), ...withoutClassData(facts)],
  }
}

const withoutClassData = ({ classDataReason }: PxfFacts): Finding[] =>
  classDataReason === undefined
    ? []
    : [
        finding('pxf.class-data', {
          text: 'PXF starts without the class data of the image, which would shorten its start by a third',
          cause: classDataReason,
          fix: 'remove what the cause names, or rebuild the image; or set PXF_CLASS_DATA_SHARING=off',
        }),
      ]

/** PXF kills itself when its heap is full, and records that in pxf-oom.log. */
const heap = 'its heap was full (OutOfMemoryError; logs/pxf-oom.log)'
const moreHeap = `set a larger -Xmx in ${jvmLine}, or fetch fewer rows at once (jdbc.statement.fetchSize)`

function restarts({ starts, outOfMemoryMs, runSinceMs }: PxfFacts, { log }: Advice): Finding[] {
  const outOfMemory = outOfMemoryMs > runSinceMs && outOfMemoryMs > 0 && runSinceMs > 0
  if (starts <= 1 && !outOfMemory) return []
  return [
    finding('pxf.restarted', {
      text: `PXF was started ${starts} times in this run; queries that were running failed`,
      cause: outOfMemory ? heap : 'it exited or hung and was restarted, or pxf restart was run by hand',
      fix: outOfMemory
        ? moreHeap
        : `see ${log} for the reason of each restart, and logs/pxf-service.log in PXF_BASE`,
    }),
  ]
}

function down(facts: PxfFacts, advice: Advice): Finding {
  const { port, jvm, portOpen, component, output, base, user } = facts
  const firstTry = component !== undefined && component.attempts <= 1
  const starting = firstTry && component.state === 'starting'
  // The supervisor's finding also takes the output of `pxf start` into account.
  const known = starting
    ? undefined
    : (taken(facts) ?? component?.finding ?? causeIn(output.join('\n'), { ...facts, advice }))
  return finding('pxf.down', {
    severity: starting ? 'warning' : 'error',
    text: `PXF does not respond${starting ? ' yet' : ''}: external tables fail with: Connection refused (port ${port})`,
    cause: known?.cause ?? (component?.reason || `${describeJvm(jvm, portOpen)}${lastOutput(output)}`),
    fix:
      known?.fix ??
      (starting
        ? 'wait: it takes some seconds'
        : `see ${base}/logs/pxf-app.out and pxf-service.log, then: ${advice.asAdministrator(user, 'pxf start')}, or: ${advice.restart}`),
    where: String(port),
  })
}

/** Another program uses the port: it is open although PXF is not running. */
function taken({ jvm, portOpen, answers, port }: PxfFacts): Cause | undefined {
  if (!portOpen || jvm.state === 'alive' || jvm.state === 'unknown' || answers) return undefined
  return { cause: `another program is listening on port ${port}`, fix: freePort }
}

function describeJvm(jvm: Jvm, portOpen: boolean): string {
  switch (jvm.state) {
    case 'unknown':
      return `cannot tell whether its JVM is running: ${jvm.reason}`
    case 'none':
      return 'it was stopped, or never started (no pid file)'
    case 'gone':
      return `its JVM (pid ${jvm.pid}) is gone`
    case 'alive':
      return `its JVM (pid ${jvm.pid}) is running but ${portOpen ? 'does not respond' : 'is not listening yet'}`
  }
}

const lastOutput = (output: readonly string[]): string =>
  output.length === 0
    ? '; logs/pxf-app.out is empty'
    : `; last lines of logs/pxf-app.out:\n${output.slice(-5).join('\n')}`

/** If PXF is not running, only a failure with a known cause is reported. */
function leftBehind(facts: PxfFacts, advice: Advice): Finding[] {
  const { output, outOfMemoryMs } = facts
  const known =
    outOfMemoryMs > 0 ? { cause: heap, fix: moreHeap } : causeIn(output.join('\n'), { ...facts, advice })
  return known === undefined
    ? []
    : [finding('pxf.complained', { text: 'PXF exited with an error when it last ran', ...known })]
}
