/** A real browser: Chromium without a window, as Debian's package `chromium` has it. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Undefined where there is none: `apt-get install chromium`. */
export const browserProgram: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((path) => existsSync(path))

export function launchBrowser(): Promise<Browser> {
  if (browserProgram === undefined) throw new Error('there is no browser: apt-get install chromium')
  // root has no sandbox, and a container hardly any /dev/shm.
  const args = ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return chromium.launch({ executablePath: browserProgram, args })
}
