/** What a reader of a Markdown page types: commands, targets of make, variables. Pure. */

const commentOf: Readonly<Record<string, RegExp>> = { sh: /(^|\s)#.*$/, sql: /(^|\s)--.*$/ }

/** The lines of the shell and SQL blocks in their order, without comments, which a translation may change. */
export function commandsIn(page: string): string[] {
  return [...page.matchAll(/^ *```(sh|sql)\n([^]*?)^ *```$/gm)].flatMap(([, language = '', block = '']) =>
    block
      .split('\n')
      .map((line) =>
        line
          .replace(commentOf[language] ?? '', '')
          .trim()
          .replaceAll(/\s+/g, ' '),
      )
      .filter((line) => line !== ''),
  )
}

/** The targets of `make` in the text and the blocks, each once. */
export function targetsIn(page: string): Set<string> {
  const calls = page.matchAll(/\bmake(?: -s)?((?: [a-z]+(?:-[a-z]+)*\b)+)/g)
  return new Set([...calls].flatMap(([, targets = '']) => targets.trim().split(' ')))
}

/** The variables that the text names as code, each once; those that the page's own blocks introduce are left out. */
export function variablesIn(page: string): Set<string> {
  const blocks = [...page.matchAll(/^ *```[^]*?^ *```$/gm)].join('\n')
  const code = [...page.replaceAll(/^ *```[^]*?^ *```$/gm, '').matchAll(/`[^`\n]+`/g)].join('\n')
  const names = [...code.matchAll(/\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b/g)].map(([name]) => name)
  return new Set(names.filter((name) => !blocks.includes(name)))
}
