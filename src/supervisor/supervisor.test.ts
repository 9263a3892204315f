import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { createLoggers } from '../logging/logger.ts'
import { createMask } from '../logging/mask.ts'
import { openSink } from '../logging/sink.ts'
import { createSupervisor } from './supervisor.ts'

async function supervisor() {
  const environment = { GREENPLUM_PASSWORD: 'gpadmin', BOOKINGS_DB_PASSWORD: 'rotated-word' }
  const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
  const sink = { ...openSink(2), write: () => {} }
  const mask = createMask(config, environment)
  const loggers = await createLoggers(config, sink, mask)
  const rest = { scriptArguments: [], versions: {}, pid: 1, startedAtMs: 0 }
  return createSupervisor({ config, environment, loggers, sink, mask, ...rest })
}

describe('the reason of a stop', () => {
  it('is masked, whoever gave it', async () => {
    const { fail, snapshot } = await supervisor()
    fail(new Error("near 'rotated-word', jdbc:x://db?password=hunter2"))
    expect(snapshot().stopReason).toContain('near')
    expect(snapshot().stopReason).not.toMatch(/rotated-word|hunter2/)
  })
})
