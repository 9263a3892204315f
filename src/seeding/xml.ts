/**
 * Checks that a file is well-formed XML, and finds the line of the first error. Otherwise a malformed site file would fail
 * only at the first query, inside PXF, with a stack trace. Reasons never quote the file, which may contain a password.
 */
import { SaxesParser } from 'saxes'

export interface XmlFault {
  readonly line: number
  readonly reason: string
}

export function xmlFault(content: Uint8Array): XmlFault | undefined {
  const decoded = decode(content)
  if (typeof decoded !== 'string') return decoded
  return bareAmpersand(decoded) ?? parserFault(decoded)
}

/** Decodes with the encoding that the file declares, like PXF's parser. */
function decode(content: Uint8Array): string | XmlFault {
  const head = Buffer.from(content.subarray(0, 200)).toString('latin1')
  const encoding =
    /^(?:\u00EF\u00BB\u00BF)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)/.exec(head)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content)
  } catch (error) {
    // The invalid name is not quoted: it may be anything.
    const reason =
      error instanceof RangeError
        ? 'the file declares an unknown encoding'
        : `the file is not valid ${encoding} text`
    return { line: 1, reason: `${reason}; save it as UTF-8` }
  }
}

/** The most common fault, from a JDBC URL. The parser would continue to the next `;` and report a line far below. */
function bareAmpersand(text: string): XmlFault | undefined {
  const markup = text.replace(
    // Unclosed constructs extend to the end of the file; otherwise searching for their end would take quadratic time.
    /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|<\?[^]*?(?:\?>|$)|<!DOCTYPE[^>[]*(?:\[[^\]]*(?:\]|$))?/g,
    blank,
  )
  const at = markup.search(/&(?!(?:[\p{L}_:][\p{L}\p{N}_:.-]*|#\d+|#x[\da-f]+);)/iu)
  return at === -1 ? undefined : { line: lineAt(text, at), reason: 'a bare &; write &amp;' }
}

/** Replaces text with spaces, and keeps its length and lines. */
const blank = (text: string) => text.replace(/[^\n]/g, ' ')

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** Stops the parser, which would otherwise report an error for each following character. */
const enough = new Error('the first fault is enough')

function parserFault(text: string): XmlFault | undefined {
  const parser = new SaxesParser({ position: true })
  // A DOCTYPE may declare entities, and the parser does not read those declarations.
  const declares = text.includes('<!DOCTYPE')
  const openedIn: number[] = []
  let closedFrom = 0
  let first: XmlFault | undefined
  parser.on('opentagstart', () => openedIn.push(parser.line))
  parser.on('closetag', () => {
    closedFrom = openedIn.pop() ?? 0
  })
  parser.on('error', ({ message }) => {
    const reason = message.replace(/^\d+:\d+: /, '')
    if (reason === 'undefined entity.' && declares) return
    first = inPlainWords(reason, { line: parser.line, closedFrom, openedIn: openedIn.at(-1) })
    throw enough
  })
  try {
    parser.write(text).close()
  } catch (error) {
    if (error !== enough) throw error
  }
  return first
}

interface Place {
  readonly line: number
  /** The line in which the element that was just closed had been opened. */
  readonly closedFrom: number
  readonly openedIn: number | undefined
}

function inPlainWords(reason: string, { line, closedFrom, openedIn }: Place): XmlFault {
  if (reason === 'unexpected close tag.') {
    return { line, reason: `a closing tag that does not match the tag opened in line ${closedFrom}` }
  }
  if (reason.startsWith('unclosed tag')) {
    return { line: openedIn ?? line, reason: 'a tag that is never closed' }
  }
  if (reason === 'undefined entity.') {
    return { line, reason: 'an entity that XML does not define; write &amp; for a plain &' }
  }
  if (reason.startsWith('document must contain')) return { line, reason: 'there is no element in the file' }
  // After the colon the parser quotes the file.
  return { line, reason: reason.replace(/(:.*)?\.?$/s, '') }
}
