/** The page in a browser, over states made by hand: every field, hostile texts, both languages, light and dark. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { finding } from '../../src/findings/finding.ts'
import type { Run } from '../../src/history/run.ts'
import { createEvents, type Events } from '../../src/health/events.ts'
import { statusBody, type Snapshot } from '../../src/health/report.ts'
import { listen, type HealthServer } from '../../src/health/server.ts'
import { axeFindings, hasBrowser, open, type Opened } from './browser.ts'

const at = (second: number) => new Date(Date.UTC(2026, 10, 27, 7, 0, second)).toISOString()
const happened = (ms: number, event: string) => ({ at: at(ms / 1000), ms, event })
const component = (state: 'ready' | 'failed' | 'disabled' | 'starting' | 'pending', reason = '') => ({
  state,
  since: at(9),
  reason,
  attempts: 0,
})

/** Text that would run if it became markup, that no line can hold, and that would turn the line around. */
const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>${'x'.repeat(300)}\u202Ereversed`
const wrong = finding('seeds.outdated', { text: hostile, cause: hostile, fix: hostile, where: hostile })

const stopped = {
  at: at(-60),
  reason: 'SIGTERM',
  exitCode: 75,
  proven: false,
  seconds: 4,
  phase: 'ready',
  directories: [],
}

const degraded: Snapshot = {
  phase: 'degraded',
  startedAt: at(0),
  wasReady: true,
  components: {
    gpdb: component('ready'),
    hba: component('starting', 'the rule is being verified'),
    extensions: component('pending', 'waiting for the database'),
    protocols: {
      ...component('failed', hostile),
      final: true,
      attempts: 3,
      entries: [{ name: hostile, state: 'failed', at: at(9), reason: hostile }],
    },
    sql: component('disabled', 'none in /opt/gp-seed/sql'),
    seed: { ...component('failed', hostile), finding: wrong },
    pxf: component('failed', hostile),
  },
  timeline: [
    happened(200, 'seed ready'),
    happened(300, 'starting'),
    happened(400, 'gpdb starting'),
    happened(500, 'stage starting'),
    happened(600, 'pxf starting'),
    happened(6000, 'gpdb ready'),
    happened(6100, 'configuring'),
    happened(6500, 'pxf ready'),
    happened(11_200, 'ready'),
    happened(20_000, 'pxf failed'),
    happened(20_000, 'degraded'),
    happened(21_000, hostile),
  ],
  versions: { supervisor: '0.1.0', greenplum: 'PostgreSQL 9.4.26 (Greenplum Database 6.27.1 build x) on y' },
  previousStop: { kind: 'stopped', stop: stopped },
  counters: { pxfRestarts: 1 },
  servers: [
    { content: -1, role: 'coordinator', port: 5432, up: true },
    { content: 0, role: 'primary', port: 6000, up: false },
  ],
  seedDrift: [{ ...wrong, path: hostile, state: 'outdated' }],
  findings: [wrong],
  warnings: [{ at: at(20), level: 'error', component: hostile, message: hostile, reason: hostile }],
}

const run = (hour: number, end: Run['end'], readyMs?: number): Run => ({
  startedAt: new Date(Date.UTC(2026, 10, 27, hour)).toISOString(),
  versions: {},
  start: 'later-fast',
  ...(readyMs === undefined ? {} : { readyMs }),
  stages: [{ event: 'gpdb ready', ms: 6000 }],
  phases: [],
  ...(end === undefined ? {} : { end }),
})
/** The newest first, which is the present one. */
const runs: readonly Run[] = [
  run(7, undefined, 11_200),
  run(6, { how: 'killed' }, 9800),
  run(5, {
    how: 'stopped',
    at: at(0),
    reason: hostile,
    exitCode: 78,
    proven: true,
    seconds: 1,
    phase: 'starting',
  }),
]

let snapshot: Snapshot
let events: Events
let server: HealthServer

beforeEach(async () => {
  snapshot = degraded
  events = createEvents(() => JSON.stringify(statusBody(snapshot)))
  const ports = {
    snapshot: () => snapshot,
    history: () => runs,
    events,
    lastMoveMs: () => 0,
    metrics: async () => '',
    onError: () => {},
  }
  server = await listen({ host: '127.0.0.1', port: 0 }, ports)
})
afterEach(() => server.close())

const url = () => `http://127.0.0.1:${server.port}/`

async function openFull(options: Parameters<typeof open>[1] = {}): Promise<Opened> {
  const opened = await open(url(), options)
  await opened.page.locator('#components tbody tr').first().waitFor()
  await opened.page.locator('#earlier .bar').first().waitFor()
  for (const summary of await opened.page.locator('summary:visible').all()) await summary.click()
  return opened
}

const looks = [
  { colorScheme: 'light', locale: 'en-GB' },
  { colorScheme: 'dark', locale: 'en-GB' },
  { colorScheme: 'light', locale: 'ru-RU' },
  { colorScheme: 'dark', locale: 'ru-RU' },
] as const

describe.skipIf(!hasBrowser)('the page', () => {
  it.each(looks)('is found without fault by axe: $colorScheme, $locale', async (look) => {
    const { page, complaints } = await openFull(look)
    expect(await page.evaluate('getComputedStyle(document.body.parentElement).backgroundColor')).toBe(
      look.colorScheme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(15, 19, 23)',
    )
    expect(await axeFindings(page)).toEqual([])
    expect(complaints()).toEqual([])
  })

  it('shows hostile text as text, wherever it stands', async () => {
    const { page, complaints } = await openFull()
    const text = await page.locator('main').innerText()
    // Reason and entry of a component, finding, drift, warning, event, earlier run: as often as they are in the state.
    expect(text.split('<img src=x onerror="alert(1)">').length - 1).toBeGreaterThanOrEqual(16)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.locator('script').count()).toBe(1)
    expect(complaints()).toEqual([])
  })

  it('names state, reason and fix of each component, findings, drift, warnings and the end before', async () => {
    snapshot = {
      ...degraded,
      components: {
        gpdb: component('ready'),
        pxf: {
          ...component('failed', 'all in one sentence'),
          final: true,
          finding: finding('seeds.outdated', { text: 'it broke', cause: 'rust', fix: 'oil it' }),
        },
      },
      findings: [finding('place.disk', { text: 'the disk is full', fix: 'make room' })],
      warnings: [{ at: at(20), level: 'warn', component: 'pxf', message: 'PXF is down', reason: 'it fell' }],
      seedDrift: [],
    }
    const { page } = await openFull()
    expect(await page.title()).toBe('Degraded · Greenplum')
    const textOf = async (selector: string) =>
      (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ')
    expect(await textOf('#now')).toMatch(/Degraded Something does not work.*Greenplum Database 6\.27\.1/)
    expect(await textOf('#facts')).toContain('Previous run its stop could not be verified; exit code 75')
    expect(await textOf('#components')).toMatch(
      /gpdb Greenplum, all segments ready .* pxf the PXF service failed for good .* it broke rust Fix: oil it/,
    )
    expect(await textOf('#findings')).toBe('refused place.disk the disk is full Fix: make room')
    expect(await textOf('#warnings')).toMatch(/^warning pxf .*PXF is down it fell$/)
    expect(await textOf('#drift')).toBe('None differs.')
    expect(await textOf('#chart')).toBe('gpdb 5.6s servers start 5.5s pxf 5.9s')
    expect(await page.locator('#events tbody tr').count()).toBe(degraded.timeline.length)
    expect(await textOf('#servers tbody')).toBe('-1 coordinator 5432 up 0 primary segment 6000 down')
    expect(await textOf('#earlier')).toMatch(/^this run 11\.2s .* 9\.8s .* –$/)
    expect(await textOf('#runs tbody')).toMatch(
      /later, without gpstart 11\.2s still running .* 9\.8s killed .* not ready <img .*; exit code 78, verified$/,
    )
  })

  it('speaks Russian to those who read it, and leaves in English what the program says', async () => {
    const [english, russian] = [await openFull({ locale: 'en-GB' }), await openFull({ locale: 'ru-RU' })]
    const fixed = '[data-word], h2, caption, thead th, dt, .state'
    const [before, after] = [
      await english.page.locator(fixed).allInnerTexts(),
      await russian.page.locator(fixed).allInnerTexts(),
    ]
    expect(after).toHaveLength(before.length)
    expect(after.filter((text) => !/[а-яё]/i.test(text))).toEqual([])
    expect(before.filter((text) => /[а-яё]/i.test(text))).toEqual([])
    expect(await russian.page.locator('html').getAttribute('lang')).toBe('ru')
    const foreign = russian.page.locator('#components .foreign').first()
    expect([await foreign.innerText(), await foreign.getAttribute('lang')]).toEqual([
      'the rule is being verified',
      'en',
    ])
    const other = await openFull({ locale: 'de-DE' })
    expect(await other.page.locator('html').getAttribute('lang')).toBe('en')
  })

  it.each([
    ['a window of 360 pixels', { viewport: { width: 360, height: 640 } }],
    ['a zoom of 200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ])('needs no sideways scrolling in %s', async (_what, options) => {
    for (const locale of ['en-GB', 'ru-RU']) {
      const { page } = await openFull({ ...options, locale })
      const width = (await page.evaluate('document.documentElement.scrollWidth')) as number
      expect(width).toBeLessThanOrEqual(options.viewport.width)
    }
  })

  it('can be used with a keyboard: everything is reached in turn, and is seen to be', async () => {
    const { page } = await openFull()
    const all = await page.locator('a:visible, summary:visible').allInnerTexts()
    expect(all.length).toBeGreaterThan(3)
    // From the top on.
    await page.locator('h1').click()
    const reached: string[] = []
    for (const _ of all) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate('document.activeElement.innerText'))
      expect(await page.evaluate('getComputedStyle(document.activeElement).outline')).toMatch(/ solid 3px$/)
    }
    expect(reached).toEqual(all)
    await page.locator('summary').first().focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('#events').isVisible()).toBe(false)
  })

  it('announces the phase alone, and politely', async () => {
    const { page } = await openFull()
    const live = page.locator('[aria-live], [role=status], [role=alert]')
    expect(await live.count()).toBe(1)
    expect([await live.getAttribute('aria-live'), await live.innerText()]).toEqual(['polite', 'Degraded'])
  })

  it('moves nothing for those who do not want it', async () => {
    const moving = `document.getAnimations().length + [...document.querySelectorAll('*')].filter(
      (element) => getComputedStyle(element).transitionDuration !== '0s').length`
    const still = await openFull({ reducedMotion: 'reduce' })
    expect(await still.page.evaluate(moving)).toBe(0)
    const usual = await openFull({ reducedMotion: 'no-preference' })
    expect(await usual.page.evaluate(moving)).toBeGreaterThan(0)
  })

  it('keeps no connection while nobody sees it: a browser has six for all its tabs', async () => {
    const { page } = await openFull()
    const seen = async (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      )
    const phase = () => page.locator('#phase').innerText()
    const before = await phase()
    await seen(true)
    snapshot = { ...degraded, phase: 'stopping', stopReason: 'SIGTERM' }
    events.changed()
    await page.waitForTimeout(800)
    expect(await phase()).toBe(before)
    await seen(false)
    await expect.poll(phase).not.toBe(before)
  })

  it('leaves alone what has not changed, with what is open or selected in it', async () => {
    const { page } = await openFull()
    await page.evaluate(`document.querySelector('#components tbody tr').marked = true`)
    snapshot = { ...snapshot, warnings: [] }
    events.changed()
    await page.locator('#warnings', { hasText: 'None in this run.' }).waitFor()
    expect(await page.evaluate(`document.querySelector('#components tbody tr').marked`)).toBe(true)
    expect(await page.locator('#events').isVisible()).toBe(true)
  })
})

describe.skipIf(!hasBrowser)('the checks of the page find', () => {
  it('what axe objects to', async () => {
    const { page } = await openFull()
    await page.evaluate(`document.querySelector('main').append(document.createElement('img'))`)
    expect((await axeFindings(page)).join('\n')).toMatch(/image-alt/)
  })

  it('an error of the console, an exception, an answer that fails, and a violation of the policy', async () => {
    const { page, complaints } = await openFull()
    await page.evaluate(`console.error('broken')`)
    await page.evaluate(`setTimeout(() => { throw new Error('thrown') })`)
    await page.evaluate(`fetch('nowhere').then(() => undefined)`)
    await page.evaluate(`{
      const script = document.createElement('script')
      try { script.textContent = 'alert(1)' } catch {}
      document.body.append(script)
    }`)
    await expect.poll(() => complaints().join('\n')).toMatch(/^error: broken$[^]*^exception: thrown$/m)
    await expect.poll(() => complaints().join('\n')).toMatch(/^404: .*\/nowhere$/m)
    await expect.poll(() => complaints().join('\n')).toMatch(/^policy: /m)
  })
})
