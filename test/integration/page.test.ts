/** The page of a run over the stand-in, in a browser: it shows a start, a fault, its repair and the stop without a reload. */
import { describe, expect, it } from 'vitest'
import { hasBrowser, open } from './browser.ts'
import { createRig, eventually, type Rig } from './rig.ts'

const patience = { timeout: 120_000 }
const pageOf = (rig: Rig) => `http://127.0.0.1:${rig.standIn.ports.health}/`

describe.skipIf(!hasBrowser)('the page', () => {
  it('shows a start, a fault of PXF, its repair and the stop as they happen', async () => {
    const rig = await createRig()
    const run = rig.start()
    await run.answers('/livez')
    const { page, complaints } = await open(pageOf(rig))
    const phase = page.locator('#phase')
    const pxf = page.locator('#components tbody tr', { hasText: 'the PXF service' })
    const seen: string[] = []
    await eventually('the page shows that it is ready', async () => {
      const now = await phase.innerText()
      if (seen.at(-1) !== now) seen.push(now)
      return now === 'Ready' ? true : undefined
    })
    expect(seen).toContain('Starting')
    expect(await page.locator('#components .state').allInnerTexts()).not.toContain('pending')
    await expect
      .poll(() => page.locator('#servers tbody tr .state').allInnerTexts(), patience)
      .toEqual(['up', 'up', 'up'])
    expect(await page.locator('#chart .bar').count()).toBeGreaterThan(4)

    process.kill(rig.processes().pxf ?? 0, 'SIGKILL')
    await phase.filter({ hasText: /Degraded|Configuring/ }).waitFor(patience)
    await pxf.locator('.foreign', { hasText: 'is gone' }).waitFor(patience)
    await phase.filter({ hasText: 'Ready' }).waitFor(patience)
    await expect.poll(() => pxf.locator('.state').innerText()).toBe('ready')
    expect(await page.locator('#warnings').innerText()).toContain('PXF is down; restarting it')
    expect(await page.locator('#lost').isVisible()).toBe(false)
    expect(complaints()).toEqual([])

    expect(await run.stop()).toBe(0)
    await phase.filter({ hasText: 'Stopped' }).waitFor(patience)
    expect(await page.locator('#sentence').innerText()).toBe('The container has stopped: SIGTERM')
    expect(await page.title()).toBe('Stopped · Greenplum')
    await page.locator('#lost').waitFor(patience)
    expect(await page.locator('#lost').innerText()).toMatch(
      /^Connection lost; trying again\. The last news came .*\.$/,
    )

    const later = rig.start()
    await phase.filter({ hasText: 'Ready' }).waitFor(patience)
    await page.locator('#lost').waitFor({ state: 'hidden' })
    await expect.poll(() => page.locator('#facts').innerText()).toContain('shut down cleanly, verified')
    await expect.poll(() => page.locator('#earlier .bar').count()).toBe(2)
    expect(await later.stop()).toBe(0)
  })

  it('says why a run could not begin', async () => {
    const rig = await createRig({ STANDIN_PXF_START: 'fail' })
    const run = rig.start()
    await run.answers('/readyz?for=gpdb')
    const { page, complaints } = await open(pageOf(rig))
    await page
      .locator('#components .foreign', { hasText: 'told to fail by STANDIN_PXF_START' })
      .waitFor(patience)
    expect(complaints()).toEqual([])
    expect(await run.stop()).toBe(0)
  })
})
