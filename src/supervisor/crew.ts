/** The parts of one run, each created with its ports, and their lifecycle as a whole. */
import type { SessionTarget } from '../greenplum/session.ts'
import type { StopBudget } from '../greenplum/shutdown.ts'
import type { Family } from '../health/exposition.ts'
import { statusOf } from '../health/components.ts'
import { nothingToVerify, type Part, type PartEvent, type PartRun, type StopReport } from '../parts/part.ts'
import type { Board } from './board.ts'
import { createMeasure } from './measure.ts'
import { keepTrue, type Member } from './rounds.ts'

export interface Crew {
  /** In the order of the list. @throws an error that makes a start impossible */
  readonly prepare: (signal: AbortSignal) => Promise<void>
  /** All in parallel; an unexpected error rejects immediately. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Called once the database accepts connections. Does nothing on a host that has segments only. */
  readonly serve: (signal: AbortSignal) => Promise<void>
  /** What the parts measure themselves. Never rejects, and takes a second at most. */
  readonly measure: () => Promise<readonly Family[]>
  readonly stop: (budget: StopBudget) => Promise<StopReport>
}

export interface CrewPorts extends Omit<PartRun, 'report' | 'status' | 'learn' | 'count' | 'mark'> {
  readonly board: Board
}

export function createCrew(parts: readonly Part[], { board, ...given }: CrewPorts): Crew {
  let server: { readonly name: string; readonly target: SessionTarget | undefined } | undefined
  const status = (name: string) => statusOf(board.components(), name)
  const { learn, count, mark } = board
  const members = parts.map((part): Member => {
    const raise = (event: PartEvent) => {
      if (event.type === 'database-accepting') server = { name: part.name, target: event.target }
      given.raise(event)
    }
    const work = part.create({
      ...given,
      learn,
      count,
      mark,
      raise,
      report: (change) => board.report(part.name, change),
      status: (name = part.name) => status(name),
    })
    return { part, work, isWanted: () => status(part.name).state !== 'disabled' }
  })
  const atOnce = async (verb: (member: Member) => Promise<void>) =>
    void (await Promise.all(members.map(verb)))
  return {
    prepare: async (signal) => {
      for (const { work } of members) {
        await work.prepare?.(signal)
        signal.throwIfAborted()
      }
    },
    run: (signal) => atOnce(async ({ work }) => work.run?.(signal)),
    serve: async (signal) => {
      if (server?.target === undefined) return
      const { name, target } = server
      const isServing = () => status(name).state === 'ready'
      await Promise.all([
        keepTrue(members, { target, isServing }, signal),
        atOnce(async ({ work }) => work.serve?.(target, signal)),
      ])
    },
    measure: createMeasure(members.flatMap(({ work }) => work.metrics?.bind(work) ?? [])),
    stop: async (budget) => {
      const reports = await Promise.all(
        members.map(async ({ work }) => (await work.stop?.(budget)) ?? nothingToVerify),
      )
      return {
        steps: reports.flatMap(({ steps }) => steps),
        directories: reports.flatMap(({ directories }) => directories),
        proven: reports.every(({ proven }) => proven),
        firstStartUnfinished: reports.some(({ firstStartUnfinished }) => firstStartUnfinished),
      }
    },
  }
}
