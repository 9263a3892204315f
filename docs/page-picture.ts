/**
 * Takes pictures of the page of a running supervisor in a real browser: `npm run docs:page -- http://127.0.0.1:8008/`
 * writes `docs/images/page-light.png` and `page-dark.png`. Which run they show: docs/images/README.md.
 */
import { argv } from 'node:process'
import { launchBrowser } from '../test/chromium.ts'

/** Wide enough for two columns; what lies below is cut off. */
const size = { width: 1000, height: 1180 }

export async function takePictures(url: string): Promise<void> {
  const browser = await launchBrowser()
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: size, colorScheme, locale: 'en-GB' })
      await page.goto(url)
      await page.locator('#components tbody tr').first().waitFor()
      await page.screenshot({ path: new URL(`images/page-${colorScheme}.png`, import.meta.url).pathname })
    }
  } finally {
    await browser.close()
  }
}

if (import.meta.main) {
  const [, , url] = argv
  if (url === undefined) throw new Error('the address of the page is missing: npm run docs:page -- URL')
  await takePictures(url)
}
