import { describe, expect, it } from 'vitest'
import { SupervisorError, exitCodes, type ExitCode } from '../errors.ts'
import { serve } from './run.ts'

/** What each part of a run does in its place, and what the log has at the end. */
async function served(parts: {
  readonly listen?: () => Promise<void>
  readonly run?: () => Promise<ExitCode>
  readonly close?: () => Promise<void>
}) {
  const lines: unknown[] = []
  const write = (text: unknown, fields: unknown) => void lines.push(text, fields)
  const code = await serve({
    listen: async () => {
      await parts.listen?.()
      return { close: parts.close ?? (async () => {}) }
    },
    run: parts.run ?? (async () => exitCodes.clean),
    logger: { info: write, warn: write, error: write },
  })
  return { code, lines }
}

const fails = (error: Error) => async (): Promise<never> => {
  throw error
}

describe('a run', () => {
  it('answers what the supervisor does, which has told its end itself', async () => {
    expect(await served({ run: async () => exitCodes.databaseDied })).toEqual({ code: 69, lines: [] })
  })

  it('that cannot listen ends before anything ran', async () => {
    const taken = new SupervisorError('cannot listen', {
      code: 'health-port',
      exitCode: exitCodes.configuration,
    })
    const { code, lines } = await served({ listen: fails(taken) })
    expect(code).toBe(78)
    expect(lines[0]).toBe(
      'exit 78: nothing was running yet; fix this, then start the container again: cannot listen',
    )
  })

  it('whose supervisor fails is an internal error: servers may run', async () => {
    const { code, lines } = await served({ run: fails(new Error('x is undefined')) })
    expect(code).toBe(70)
    expect(lines).toEqual([
      'exit 70: internal error: x is undefined; the state of the servers is unknown; start the container again, and report this with the log',
      { exitCode: 70, reason: 'internal error: x is undefined' },
    ])
  })

  it('keeps its verdict when the health port cannot be closed: the exit closes it', async () => {
    const close = fails(new Error('ERR_SERVER_NOT_RUNNING'))
    expect(await served({ close })).toEqual({ code: 0, lines: [] })
    expect(await served({ close, run: async () => exitCodes.stopNotProven })).toEqual({ code: 75, lines: [] })
  })
})
