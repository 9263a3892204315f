/**
 * Brings the parts into their desired state once the database serves, and keeps them there. In the first round each
 * part waits for those it depends on; the rest runs in parallel. Later rounds check everything first: a loss is reported
 * before its dependencies are restored, so that `ready` is never reported in between.
 */
import type { SessionTarget } from '../greenplum/session.ts'
import type { Part, Work } from '../parts/part.ts'
import { sleep } from '../time.ts'

export interface Member {
  readonly part: Part
  readonly work: Work
  /** False for a part that is switched off. */
  readonly isWanted: () => boolean
}

/** With the time that the checks take, a loss is noticed within 30 s. */
const everyMs = 25_000

export interface Rounds {
  readonly target: SessionTarget
  /** While the database is down, which it reports itself, nothing else is checked. */
  readonly isServing: () => boolean
}

export async function keepTrue(
  members: readonly Member[],
  { target, isServing }: Rounds,
  signal: AbortSignal,
): Promise<void> {
  await firstRound(members, target, signal)
  await oneByOne(members, ({ work }) => work.conclude?.(target, signal), signal)
  for (;;) {
    await sleep(everyMs, signal)
    if (signal.aborted) return
    if (!isServing()) continue
    const wanted = members.filter(({ isWanted }) => isWanted())
    await oneByOne(wanted, ({ work }) => work.look?.(target, signal), signal)
    await oneByOne(wanted, ({ work }) => work.reconcile?.({ target, isFirst: false }, signal), signal)
  }
}

export async function firstRound(
  members: readonly Member[],
  target: SessionTarget,
  signal: AbortSignal,
): Promise<void> {
  const done = new Map<string, Promise<void>>()
  const reconcile = async ({ part, work, isWanted }: Member) => {
    for (const name of part.after) await done.get(name)
    if (!signal.aborted && isWanted()) await work.reconcile?.({ target, isFirst: true }, signal)
  }
  for (const member of members) done.set(member.part.name, reconcile(member))
  await Promise.all(done.values())
}

async function oneByOne(
  members: readonly Member[],
  step: (member: Member) => Promise<unknown> | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const member of members) if (!signal.aborted) await step(member)
}
