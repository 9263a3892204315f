import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { renderSite, type Environment } from './render.ts'
import { xmlFault } from './xml.ts'

const render = (text: string, environment: Environment) => renderSite(Buffer.from(text), environment)
const contentOf = (text: string, environment: Environment) => render(text, environment).content.toString()

/** What a parser hands to PXF. */
function textOf(xml: Buffer): string {
  let text = ''
  const parser = new SaxesParser()
  parser.on('text', (part) => (text += part))
  parser.on('cdata', (part) => (text += part))
  parser.write(xml.toString()).close()
  return text
}

describe('renderSite', () => {
  it('fills in the environment and keeps everything else', () => {
    expect(contentOf('<a>${env:USER}\t${other} $</a>\r\n', { USER: 'gp' })).toBe('<a>gp\t${other} $</a>\r\n')
  })

  it('takes an empty value for a value', () => {
    expect(render('<a>${env:X}</a>', { X: '' })).toMatchObject({ filled: true, faults: [] })
  })

  it('leaves comments alone, set or not', () => {
    const text = '<a><!-- ${env:NONE} and ${env:…} --></a>'
    expect(render(text, {})).toMatchObject({ filled: false, faults: [] })
    expect(contentOf(text, { NONE: '--' })).toBe(text)
  })

  it('keeps bytes that are no UTF-8', () => {
    const before = Buffer.from([0x3c, 0x61, 0xff, 0x00, 0x3e])
    expect(renderSite(before, {}).content.equals(before)).toBe(true)
  })

  it('hands every value through to the parser, in text, attribute and CDATA', () => {
    const xml = '<?xml version="1.0"?><a><t>${env:V}</t><t><![CDATA[${env:V}]]></t></a>'
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[^\t\n\r -\uFFFD]/.test(text))
    fc.assert(
      fc.property(fc.oneof(value, fc.constantFrom(']]>', '&amp;', '$&', '--', '\'"<>', '${env:V}')), (V) => {
        const { content } = render(xml, { V })
        expect(xmlFault(content)).toBeUndefined()
        expect(textOf(content)).toBe(V + V)
        expect(xmlFault(render('<a x="${env:V}"/>', { V }).content)).toBeUndefined()
      }),
    )
  })

  it('collects every unset or malformed name with its line, and no value', () => {
    const text =
      '<a>\n${env:ONE} ${env:TWO}\n${env:} ${env:A-B}\n${env:OPEN</a>\n<![CDATA[\n${env:THREE}]]>${env:BELL}'
    expect(render(text, { TWO: 'two', BELL: 'secret\u0007' }).faults).toEqual([
      { line: 2, reason: 'ONE is not set; set it (an empty value will do)' },
      { line: 3, reason: 'a ${env:…} without a proper name; write ${env:NAME}' },
      { line: 3, reason: 'a ${env:…} without a proper name; write ${env:NAME}' },
      { line: 4, reason: 'a ${env:…} without a proper name; write ${env:NAME}' },
      { line: 6, reason: 'THREE is not set; set it (an empty value will do)' },
      { line: 6, reason: 'the value of BELL has a character that XML cannot hold' },
    ])
  })

  it('offers the text without its values for checking', () => {
    expect(render('<a>${env:S}</a>', { S: 'secret' }).masked.toString()).toBe('<a>x</a>')
  })
})
