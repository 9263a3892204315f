/** One round of one side: a first start, a stop, a later start, what is measured while it runs, and the last stop. */
import type { Question } from './probe.ts'
import { pause, type Container, type Watched } from './container.ts'

export type Values = Record<string, number[]>

export interface RoundPlan {
  readonly withPxfDeath: boolean
  /** Measures rows a second, where there is a source. */
  readonly rows?: (container: Container) => Promise<number>
}

const common: readonly Question[] = ['database', 'extension', 'pxf']
const ofSupervisor: readonly Question[] = ['livez', 'gpdb', 'readyz']

export async function measureRound(container: Container, plan: RoundPlan): Promise<Values> {
  const values: Values = {}
  const add = (key: string, value: number) => void (values[key] ??= []).push(value)
  const questions = container.supervised ? [...common, ...ofSupervisor] : common
  for (const start of ['first', 'later']) {
    const watched = await container.start()
    const yes = await watched.untilAll(questions)
    for (const [question, at] of yes) add(`${start}.${question}`, (at - watched.startedAt) / 1000)
    const all = Math.max(...common.map((question) => yes.get(question) ?? NaN))
    add(`${start}.all`, (all - watched.startedAt) / 1000)
    if (start === 'later') await whileItRuns(container, watched, { plan, add })
    await watched.end()
    if (!container.supervised) await untilItHandlesSignals(container)
    add('stop', (await container.stop()) / 1000)
  }
  return values
}

interface Measuring {
  readonly plan: RoundPlan
  readonly add: (key: string, value: number) => void
}

async function whileItRuns(container: Container, watched: Watched, { plan, add }: Measuring): Promise<void> {
  if (plan.rows !== undefined) add('rows', await plan.rows(container))
  if (!container.supervised) return
  const { cpu, wall, memory } = await costs(container)
  add('probe.cpu', cpu)
  add('probe.wall', wall)
  add('memory', memory)
  if (!plan.withPxfDeath) return
  const script = 'date +%s%3N; kill -9 "$(cat "${PXF_BASE:-/data/pxf}/run/pxf-app.pid")"'
  const killedAt = Number(await container.bash(script, 'administrator'))
  const yes = await watched.untilAll(['pxf', 'readyz'], killedAt)
  add('pxf.death', (Math.max(...yes.values()) - killedAt) / 1000)
}

const checks = 40

/** CPU of the check and, for answering it, of the supervisor; the clock of the kernel ticks a hundred times a second. */
const costScript = `
pid=$(pgrep -of '[g]p-supervisor.cjs run')
ticks() { read -ra field < "/proc/$pid/stat"; echo $((field[13] + field[14])); }
before=$(ticks); began=\${EPOCHREALTIME/./}
for ((i = 0; i < ${checks}; i++)); do gp-healthcheck > /dev/null; done
ended=\${EPOCHREALTIME/./}
echo $((ended - began)) $(($(ticks) - before))
grep VmRSS "/proc/$pid/status"
times`

async function costs(container: Container): Promise<{ cpu: number; wall: number; memory: number }> {
  return readCosts(await container.bash(costScript), checks)
}

/** @param text what `costScript` prints: microseconds and ticks, the memory, and the times of the shell and its children */
export function readCosts(text: string, amount: number): { cpu: number; wall: number; memory: number } {
  const [, wall = NaN, ticks = NaN] = (/^(\d+) (\d+)$/m.exec(text) ?? []).map(Number)
  const [, kilobytes = NaN] = (/VmRSS:\s+(\d+) kB/.exec(text) ?? []).map(Number)
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  )
  const [user = NaN, system = NaN] = times.slice(-2)
  return {
    cpu: ((user + system) * 1000 + ticks * 10) / amount,
    wall: wall / 1000 / amount,
    memory: kilobytes / 1024,
  }
}

/** The plain start script ignores a stop until it follows its log; before, Docker would have to kill it. */
async function untilItHandlesSignals(container: Container): Promise<void> {
  for (const limit = Date.now() + 120_000; Date.now() < limit; await pause(200)) {
    const tails = await container.bash('pgrep -x tail || true')
    if (tails.trim() !== '') return pause(500)
  }
  throw new Error(`${container.name}: the start script does not follow its log`)
}
