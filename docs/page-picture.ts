/**
 * Takes pictures of the page of a running supervisor in a real browser, as soon as something in it does not work:
 * `npm run docs:page -- http://127.0.0.1:8008/` writes `docs/images/page-light.png` and `page-dark.png`. Which run they
 * show, and how it is broken: docs/images/README.md.
 */
import { argv } from 'node:process'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../test/chromium.ts'

/** Wide enough for two columns; what lies below is cut off. */
const size = { width: 1000, height: 1280 }

async function takePicture(browser: Browser, url: string, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({
    viewport: size,
    colorScheme,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  await page.goto(url)
  await page.locator('#phase', { hasText: 'Degraded' }).waitFor({ timeout: 0 })
  await page.screenshot({ path: new URL(`images/page-${colorScheme}.png`, import.meta.url).pathname })
}

export async function takePictures(url: string): Promise<void> {
  const browser = await launchBrowser()
  try {
    await Promise.all([takePicture(browser, url, 'light'), takePicture(browser, url, 'dark')])
  } finally {
    await browser.close()
  }
}

if (import.meta.main) {
  const [, , url] = argv
  if (url === undefined) throw new Error('the address of the page is missing: npm run docs:page -- URL')
  await takePictures(url)
}
