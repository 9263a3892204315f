/**
 * The page in a real browser. What the browser complains about is kept: errors and warnings of the console, exceptions,
 * answers that fail, and violations of the page's policy.
 */
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach } from 'vitest'
import { browserProgram, launchBrowser } from '../chromium.ts'

/** Where it is false the tests are skipped. */
export const hasBrowser = browserProgram !== undefined

export interface Opened {
  readonly page: Page
  /** Everything that the browser has complained about so far. */
  readonly complaints: () => readonly string[]
}

let browser: Promise<Browser> | undefined
const opened: Page[] = []

afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close()
})

afterAll(async () => {
  await (await browser)?.close()
  browser = undefined
})

export async function open(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  browser ??= launchBrowser()
  const context = await (await browser).newContext({ locale: 'en-GB', colorScheme: 'light', ...options })
  const page = await context.newPage()
  opened.push(page)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`))
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  await page.exposeFunction('violated', (what: string) => complaints.push(`policy: ${what}`))
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => violated(event.violatedDirective))`,
  )
  await page.goto(url)
  return { page, complaints: () => complaints }
}

/** What axe finds, by the best practices too; one line for each element. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(`${axe.source}; undefined`)
  const { violations, incomplete } = (await page.evaluate('axe.run()')) as axe.AxeResults
  return [...violations, ...incomplete].flatMap(({ id, help, nodes }) =>
    nodes.map(
      (node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary?.slice(0, 300) ?? ''}`,
    ),
  )
}
