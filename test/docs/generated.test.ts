import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { pages } from '../../docs/generate.ts'

describe('the generated pages of docs/', () => {
  it.each(Object.entries(pages))(
    '%s is what its source says; if not, run `npm run docs`',
    async (path, page) => {
      const written = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
      expect(written).toBe(await page())
    },
  )
})
