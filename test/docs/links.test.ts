import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deadLinks } from './links.ts'

const root = join(import.meta.dirname, '../..')

describe('links in Markdown', () => {
  it('lead to files and headings that exist', async () => {
    const pages = new Map<string, string>()
    const exclude = ['**/node_modules', 'dist', '.git']
    for await (const path of glob('**/*.md', { cwd: root, exclude })) {
      pages.set(path, await readFile(join(root, path), 'utf8'))
    }
    expect(pages.size).toBeGreaterThan(20)
    expect(deadLinks(pages, (path) => existsSync(join(root, path)))).toEqual([])
  })

  it.each([
    ['a file that is missing', '[x](gone.md)'],
    ['a heading that is missing', '[x](other.md#gone)'],
    ['a heading of the same page that is missing', '[x](#gone)'],
    ['a place outside of the repository', '[x](../../etc/passwd)'],
    ['a heading that stands in a code block', '[x](other.md#code)'],
  ])('are found when they lead to %s', (_, link) => {
    expect(dead(`# Top\n\n${link}`)).toEqual([`docs/page.md: ${link.slice(4, -1)}`])
  })

  it('are let alone when they are right, lead to other sites, or stand in code', () => {
    const links = [
      '[a](other.md)',
      '[b](other.md#the-pg_hbaconf-file)',
      '[c](other.md#twice-1)',
      '[d](#top)',
      '[e](../docs)',
      '[f](https://example.org/gone.md#gone)',
      '`[g](gone.md)`',
      '```\n[h](gone.md)\n```',
    ]
    expect(dead(`# Top\n\n${links.join('\n\n')}`)).toEqual([])
  })
})

function dead(page: string): string[] {
  const other = '# The `pg_hba.conf` file\n\n## Twice\n\n## Twice\n\n```sh\n# code\n```\n'
  const pages = new Map([
    ['docs/page.md', page],
    ['docs/other.md', other],
  ])
  return deadLinks(pages, (path) => pages.has(path) || path === 'docs')
}
