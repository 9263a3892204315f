import { describe, expect, it } from 'vitest'
import { xmlFault } from './xml.ts'

const faultOf = (text: string) => xmlFault(Buffer.from(text))
const site = (...lines: string[]) =>
  ['<?xml version="1.0"?>', '<configuration>', ...lines, '</configuration>'].join('\n')

describe('xmlFault', () => {
  it.each([
    ['entities', site('<value>a &amp; b &#38; &#x26; &lt; &quot;</value>')],
    ['an ampersand in a comment', site('<!-- a & b < c -->')],
    ['an ampersand in CDATA', site('<value><![CDATA[a=1&b=2<]]></value>')],
    ['a style sheet', `<?xml version="1.0"?>\n<?xml-stylesheet href="a?x&y"?>\n<configuration/>`],
    [
      'XInclude',
      '<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="x"/></configuration>',
    ],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY e "x & y">]>\n<a>&e;</a>'],
    ['a byte order mark and CRLF', `\uFEFF${site('<value>я</value>').replaceAll('\n', '\r\n')}`],
    ['Log4j lookups', '<Configuration><Property name="a">${env:X:-y} %d{a}</Property></Configuration>'],
  ])('accepts %s', (_, text) => {
    expect(faultOf(text)).toBeUndefined()
  })

  it.each([
    ['a bare & in a URL', site('<a/>', '<value>jdbc:x://h/d?a=1&b=2</value>'), 4, 'a bare &; write &amp;'],
    ['a bare & before a later ;', site('<value>a=1&b=2;c=3</value>'), 3, 'a bare &; write &amp;'],
    ['a bare & in an attribute', site('<value x="a&b=c"/>'), 3, 'a bare &; write &amp;'],
    ['a bare & with blanks', site('<value>a & b</value>'), 3, 'a bare &; write &amp;'],
    [
      'an unknown entity',
      site('<value>a&ssl;b</value>'),
      3,
      'an entity that XML does not define; write &amp; for a plain &',
    ],
    [
      'an unclosed tag',
      site('<property>', '<value>x</value>'),
      5,
      'a closing tag that does not match the tag opened in line 3',
    ],
    ['a tag unclosed at the end', '<a>\n<b>\n<c/>\n', 2, 'a tag that is never closed'],
    [
      'wrong nesting',
      site('<a>', '<b>', '</a></b>'),
      5,
      'a closing tag that does not match the tag opened in line 4',
    ],
    [
      'a closing tag too many',
      '<a>\n</b></a>',
      2,
      'a closing tag that does not match the tag opened in line 1',
    ],
    ['two elements', '<a/>\n<b/>', 2, 'documents may contain only one root'],
    ['text behind the end', '<a/>\nx', 2, 'text data outside of root node'],
    ['an attribute twice', '<a\nx="1" x="2"/>', 2, 'duplicate attribute'],
    ['a malformed comment', site('<!-- a -- b -->'), 3, 'malformed comment'],
    ['a control character', site('<a>\u0001</a>'), 3, 'disallowed character'],
    ['an empty file', '', 1, 'there is no element in the file'],
    ['a declaration alone', '<?xml version="1.0"?>\n', 2, 'there is no element in the file'],
  ])('refuses %s and names its line', (_, text, line, reason) => {
    expect(faultOf(text)).toEqual({ line, reason })
  })

  it('reads the encoding that the file declares', () => {
    const text = '<?xml version="1.0" encoding="windows-1251"?>\n<!-- \u00EF\u00F0 --><a/>'
    expect(xmlFault(Buffer.from(text, 'latin1'))).toBeUndefined()
  })

  it.each([
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x2f, 0x3e, 0xff]), 'utf-8'],
    ['UTF-16', Buffer.from('\uFEFF<a/>', 'utf16le'), 'utf-8'],
  ])('refuses %s', (_, bytes, encoding) => {
    expect(xmlFault(bytes)).toEqual({
      line: 1,
      reason: `the file is not valid ${encoding} text; save it as UTF-8`,
    })
  })

  it('refuses an encoding that nobody knows, and does not repeat it', () => {
    expect(faultOf('<?xml version="1.0" encoding="klingon"?><a/>')).toEqual({
      line: 1,
      reason: 'the file declares an unknown encoding; save it as UTF-8',
    })
  })

  it('never quotes the file, which may hold a password', () => {
    for (const text of [
      '<v>pa<ss&wo>rd</v>',
      '<pass>',
      '<v></pass>',
      '<v pass="1" pass="2"/>',
      '<v>&pass;</v>',
      '<v pass>',
    ]) {
      expect(faultOf(text)?.reason).toBeDefined()
      expect(faultOf(text)?.reason).not.toContain('pass')
    }
  })
})
