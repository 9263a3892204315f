/** What a how-to guide has its reader write: whole files, and the messages that it quotes. Pure. */

/**
 * The content of each file by its path: a step ends in "Write `path`:" or "… to `path`:", and
 * the file is the block that follows.
 */
export function filesIn(page: string): Map<string, string> {
  const blocks = page.matchAll(/(?:Write|to) `([\w./-]+)`:\n\n( *)```\w*\n([^]*?)\n\2```$/gm)
  return new Map([...blocks].map(([, path = '', indent = '', text = '']) => [path, dedented(text, indent)]))
}

/** The lines of the blocks below a heading, down to the next one of its level. */
export function quotedBelow(page: string, heading: string): string[] {
  const [, section = ''] = new RegExp(`^## ${heading}$([^]*?)(?=^## |(?![^]))`, 'm').exec(page) ?? []
  return [...section.matchAll(/^( *)```\n([^]*?)\n\1```$/gm)].flatMap(([, indent = '', text = '']) =>
    dedented(text, indent).trimEnd().split('\n'),
  )
}

const dedented = (text: string, indent: string): string =>
  `${text
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n')}\n`
