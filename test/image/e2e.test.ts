/** `make e2e`, the whole story in one command, over the image that the tests have built. */
import { describe, expect, it } from 'vitest'
import { overStandIn } from './airflow-stand.ts'
import { createStand, hasEngine, mustSucceed } from './stand.ts'

describe.runIf(hasEngine())('make e2e', () => {
  it('goes through every step, ends with a table, and leaves nothing', async () => {
    const stand = await createStand(overStandIn)
    const project = `E2E_PROJECT=${stand.project}`
    const all = await stand.make('e2e', project, 'E2E_BUILD=no')
    mustSucceed(all)
    expect(all.text).toMatch(/^13 passed, 0 failed$/m)
    expect((await stand.docker('ps', '-aq', '--filter', `name=${stand.project}`)).text).toBe('')

    // The control: a step that fails is said, and what comes after it is left out.
    stand.set({ ...overStandIn, environment: { PG_HBA_SAMEHOST: 'yes' } })
    const wrong = await stand.make('e2e', project, 'E2E_BUILD=no')
    expect(wrong.code).toBe(2)
    expect(wrong.text).toMatch(/^first start, until ready +FAILED +\d+$/m)
    expect(wrong.text).toMatch(/^0 passed, 1 failed, 12 left out$/m)
  })
})
