import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import type { Environment } from '../config/config.ts'
import { renderSite } from './render.ts'
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

  it('takes the default where the variable is unset or empty, as bash does with :-', () => {
    const text = '<a>${env:HOST:-db}:${env:PORT:-5432}/${env:NAME:-}</a>'
    expect(contentOf(text, {})).toBe('<a>db:5432/</a>')
    expect(contentOf(text, { HOST: '', PORT: '1', NAME: 'demo' })).toBe('<a>db:1/demo</a>')
    expect(render(text, {})).toMatchObject({ filled: true, faults: [], unfilled: [] })
  })

  it('hands a default through to the parser, written as in XML or plainly', () => {
    const defaults = [
      'a b',
      'x?a=1&b=2',
      'x?a=1&amp;b=2',
      '"\'>',
      ':-',
      '$1 $&',
      'ü',
      'a=1&ssl;',
      '&#252;',
      '%{x',
    ]
    for (const text of defaults) {
      const { content, faults } = render(`<a><t x="\${env:V:-${text}}">\${env:V:-${text}}</t></a>`, {})
      const plain = text.replace('&amp;', '&').replace('&#252;', 'ü')
      expect([faults, xmlFault(content), textOf(content)]).toEqual([[], undefined, plain])
    }
    expect(textOf(render('<a><![CDATA[${env:V:-<&amp;>}]]></a>', {}).content)).toBe('<&amp;>')
  })

  it('never takes for a default what lies behind a forgotten brace', () => {
    const text = '<a>\n<b>${env:ONE:-x</b>\n<c>${env:TWO}</c></a>'
    const reason = 'an unfinished ${env:…}; write ${env:NAME} or ${env:NAME:-default}, with &lt; for <'
    expect(render(text, { TWO: '2' })).toMatchObject({ faults: [{ line: 2, reason }] })
    expect(render('<a>${env:X:-${user.name}}</a>', {}).faults).toEqual([
      { line: 1, reason: 'the default of X contains a placeholder, which is not filled in' },
    ])
    expect(render('<a>${env:X:-\u0007}</a>', {}).faults[0]?.reason).toContain('not allowed in XML')
  })

  it('collects every malformed name, and every variable that is not there, with its line and no value', () => {
    const text =
      '<a>\n${env:ONE} ${env:TWO}\n${env:} ${env:A-B}\n${env:OPEN</a>\n<![CDATA[\n${env:THREE}]]>${env:BELL}'
    const { faults, unfilled } = render(text, { TWO: 'two', BELL: 'secret\u0007' })
    expect(faults.map(({ line }) => line)).toEqual([3, 3, 4])
    expect(unfilled).toEqual([
      { line: 2, reason: 'ONE is not set', variable: 'ONE' },
      { line: 6, reason: 'THREE is not set', variable: 'THREE' },
      { line: 6, reason: 'the value of BELL has a character that is not allowed in XML', variable: 'BELL' },
    ])
  })

  it('refuses ${ENV:…}, which nobody fills, with its line; in a comment it stays', () => {
    const text = '<a><!-- ${ENV:X} -->\n${ENV:X} ${Env:X:-y}\n<![CDATA[${eNV:X}]]>${env:X}</a>'
    const { faults, unfilled } = render(text, { X: 'secret' })
    const reason = 'a ${env:…} with upper-case letters in env is not filled in; write env in lower case'
    expect([faults, unfilled]).toEqual([[2, 2, 3].map((line) => ({ line, reason })), []])
    expect(xmlFault(render(text, {}).masked)).toBeUndefined()
  })

  it('keeps the lines of the text that is complained about', () => {
    const text = '<a>${env:V:-one\ntwo}\n<b></a>'
    expect(xmlFault(render(text, {}).masked)?.line).toBe(3)
  })

  it('offers the text without its values for checking', () => {
    expect(render('<a>${env:S}</a>', { S: 'secret' }).masked.toString()).toBe('<a>x</a>')
  })
})
