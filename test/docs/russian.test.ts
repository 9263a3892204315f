import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandsIn, targetsIn, variablesIn } from './commands.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8')

const translations = [
  ['README.ru.md', 'README.md'],
  ['docs/ru/tutorial.md', 'docs/tutorial.md'],
] as const

const russianPages = await pagesOf('{README.ru.md,docs/ru/*.md}')

describe('the Russian pages', () => {
  it.each(translations)('%s has the commands of %s, in the same order', async (russian, english) => {
    const commands = commandsIn(await read(english))
    expect(commands.length).toBeGreaterThan(7)
    expect(commandsIn(await read(russian))).toEqual(commands)
  })

  it.each(translations)('%s and %s link to each other', async (russian, english) => {
    expect(await read(russian)).toMatch(/^\[English\]\(\S+\) \| Русский$/m)
    expect(await read(english)).toMatch(/^English \| \[Русский\]\(\S+\)$/m)
  })

  it.each(russianPages)('%s names only what is there', async (path) => {
    const page = await read(path)
    const targets = new Set((await read('Makefile')).match(/^[a-z-]+(?=:)/gm))
    expect([...targetsIn(page)].filter((name) => !targets.has(name))).toEqual([])

    const english = await englishText()
    expect([...variablesIn(page)].filter((name) => !english.includes(name))).toEqual([])
  })

  it('the how-to has no shell command that the English pages lack', async () => {
    const english = (await englishText()).replaceAll(/\s+/g, ' ')
    const shell = (await read('docs/ru/how-to.md')).replaceAll(/^ *```(?!sh$)\w+\n[^]*?^ *```$/gm, '')
    const commands = commandsIn(shell)
    expect(commands.length).toBeGreaterThan(4)
    expect(commands.filter((command) => !english.includes(command))).toEqual([])
  })
})

describe('what a page tells its reader to type', () => {
  const page = [
    'Run `make up` or `make -s gp-psql < file.sql`, with `GP_BIND=0.0.0.0` in `.env`; `make build up`.',
    '```sh\nmake up      # starts\n\n# all of it\ndocker  run -e X=1 image#1\n```',
    '1. In a list:\n\n   ```sql\n   SELECT 1;   -- one\n   ```',
    '```yaml\nSALES_DB_HOST:\n```\n\nSet `SALES_DB_HOST`.',
    '```\nmake-believe\n```',
  ].join('\n\n')

  it('is read without comments, spacing, and blocks that are no commands', () => {
    expect(commandsIn(page)).toEqual(['make up', 'docker run -e X=1 image#1', 'SELECT 1;'])
    expect([...targetsIn(page)]).toEqual(['up', 'gp-psql', 'build'])
    expect([...variablesIn(page)]).toEqual(['GP_BIND'])
  })

  it.each([
    ['another command', ['image#1', 'image#2']],
    ['another option', ['-e X', '--env X']],
    ['a command less', ['SELECT 1;', '']],
  ])('differs by %s', (_, [before = '', after = '']) => {
    expect(commandsIn(page.replace(before, after))).not.toEqual(commandsIn(page))
  })

  it('does not differ by a translated comment', () => {
    const translated = page.replace('# starts', '# запускает').replace('-- one', '-- один')
    expect(commandsIn(translated)).toEqual(commandsIn(page))
  })
})

async function englishText(): Promise<string> {
  const paths = [
    '.env.example',
    ...(await pagesOf('{README,docs/*,docs/{how-to,reference}/*,stand-in/*}.md')),
  ]
  return (await Promise.all(paths.map(read))).join('\n')
}

async function pagesOf(pattern: string): Promise<string[]> {
  const paths: string[] = []
  for await (const path of glob(pattern, { cwd: root })) paths.push(path)
  return paths.toSorted()
}
