/** Finds links in Markdown that lead to no file, or to no heading of a file. Pure. */
import { posix } from 'node:path'

/**
 * @param pages the text of each Markdown file, by its path in the repository
 * @param exists whether there is a file or folder at that path in the repository
 * @returns a line `page: link` for each link that leads nowhere
 */
export function deadLinks(pages: ReadonlyMap<string, string>, exists: (path: string) => boolean): string[] {
  return [...pages].flatMap(([page, text]) =>
    linksIn(text)
      .filter((link) => !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  )

  function leadsSomewhere(page: string, link: string): boolean {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path))
    if (target.startsWith('..') || !exists(target)) return false
    if (anchor === undefined) return true
    return anchorsIn(pages.get(target) ?? '').has(anchor)
  }
}

/** Everything but links to other sites. */
function linksIn(text: string): string[] {
  const prose = withoutFences(text).replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(<?([^()\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
}

/** The anchors that GitHub gives the headings. */
function anchorsIn(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = slugOf(heading)
    let anchor = slug
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

const slugOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')

const withoutFences = (text: string): string => text.replaceAll(/^ *(```|~~~)[^]*?^ *\1 *$/gm, '')
