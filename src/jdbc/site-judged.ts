/** Judges one `jdbc-site.xml` by its properties. No finding quotes a value. Pure. */
import type { Advice } from '../findings/advice.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { unfilled, valueOf, type Property } from './site.ts'
import { unknownKey } from './site-keys.ts'

export interface SiteAround {
  /** The environment of PXF, from which it fills in some placeholders. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly advice: Advice
}

/** @param path the path to show */
export function judgeProperties(
  path: string,
  properties: readonly Property[],
  around: SiteAround,
): Finding[] {
  return [
    ...properties.flatMap((property) => judgeKey(path, property)),
    ...properties.flatMap((property) => judgePlaceholders(path, property, { properties, ...around })),
    ...missing(path, properties),
    ...blanks(path, properties),
    ...login(path, properties),
  ]
}

function judgeKey(path: string, { name, line }: Property): Finding[] {
  const unknown = unknownKey(name)
  if (unknown === undefined) return []
  const text = `${path}, line ${line}: ${name} is not a property that PXF knows, so it is ignored`
  return [finding('jdbc.key', { text, fix: unknown.fix, where: path })]
}

function judgePlaceholders(
  path: string,
  { name, value, line }: Property,
  { properties, environment, advice }: SiteAround & { readonly properties: readonly Property[] },
): Finding[] {
  return unfilled(value, properties, environment).map((placeholder) => {
    // A password may look like a placeholder.
    const shown = /password|secret/i.test(name) && !/^\$\{env[:.]/.test(placeholder) ? '${...}' : placeholder
    const isOurs = placeholder.startsWith('${env:')
    return finding('jdbc.placeholder', {
      text: `${path}, line ${line}: ${shown} in ${name} is not filled in; the source gets it literally`,
      cause: isOurs ? 'it is filled in only when the file is copied from the image (PXF_SEED_DIR)' : '',
      fix: isOurs
        ? `replace it with the value; or add the file to the image, set the variable in ${advice.environment}, and delete this file`
        : 'replace it with the value',
      where: path,
    })
  })
}

function missing(path: string, properties: readonly Property[]): Finding[] {
  return [
    ['jdbc.driver', 'JDBC_DRIVER'],
    ['jdbc.url', 'DB_URL'],
  ].flatMap(([name = '', option = '']): Finding[] => {
    if ((valueOf(properties, name) ?? '').trim() !== '') return []
    const text = `${path} has no ${name}; queries fail unless the table itself sets ${option}`
    return [finding('jdbc.missing', { text, fix: `add the property ${name}`, where: path })]
  })
}

/** Hadoop preserves blanks and line breaks around a value. */
function blanks(path: string, properties: readonly Property[]): Finding[] {
  return ['jdbc.driver', 'jdbc.url', 'jdbc.user', 'jdbc.password'].flatMap((name): Finding[] => {
    const value = valueOf(properties, name) ?? ''
    if (value.trim() === '' || value === value.trim()) return []
    return [
      finding('jdbc.blanks', {
        text: `${path}: blanks or line breaks around the value of ${name} are part of the value`,
        fix: `write <value>...</value> for ${name} on one line, without surrounding blanks`,
        where: path,
      }),
    ]
  })
}

function login(path: string, properties: readonly Property[]): Finding[] {
  const url = valueOf(properties, 'jdbc.url') ?? ''
  const elsewhere = (name: string) =>
    new RegExp(`[?&;]${name}=`, 'i').test(url) ||
    properties.some((property) => property.name === `jdbc.connection.property.${name}`)
  const kerberos = valueOf(properties, 'hadoop.security.authentication') === 'kerberos'
  const impersonated = valueOf(properties, 'pxf.service.user.impersonation') === 'true'
  if (url === '' || kerberos) return []
  return ['user', 'password'].flatMap((name): Finding[] => {
    if ((valueOf(properties, `jdbc.${name}`) ?? '') !== '' || elsewhere(name)) return []
    if (name === 'user' && impersonated) return []
    return [
      finding('jdbc.login', {
        text: `${path}: jdbc.${name} is empty or missing`,
        cause: 'the source rejects the login, unless it requires none',
        fix: `set jdbc.${name}`,
        where: path,
      }),
    ]
  })
}
