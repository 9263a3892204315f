/** Judges one `jdbc-site.xml` by its properties alone. Pure; quotes no value. */
import type { Complaint } from './finding.ts'
import { unknownKey } from './site-keys.ts'
import { unfilled, valueOf, type Property } from './site.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** @param path as it is shown */
export function judgeProperties(
  path: string,
  properties: readonly Property[],
  environment: Environment,
): Complaint[] {
  return [
    ...properties.flatMap((property) => judgeKey(path, property)),
    ...properties.flatMap((property) => judgePlaceholders(path, property, { properties, environment })),
    ...missing(path, properties),
    ...blanks(path, properties),
    ...login(path, properties),
  ]
}

function judgeKey(path: string, { name, line }: Property): Complaint[] {
  const unknown = unknownKey(name)
  if (unknown === undefined) return []
  const text = `${path}, line ${line}: ${name} is no property of PXF, which ignores it`
  return [{ id: 'jdbc.key', level: 'warn', text, cause: '', mend: unknown.mend }]
}

interface Surroundings {
  readonly properties: readonly Property[]
  readonly environment: Environment
}

function judgePlaceholders(path: string, { name, value, line }: Property, around: Surroundings): Complaint[] {
  return unfilled(value, around.properties, around.environment).map((placeholder) => {
    // A password may well look like one.
    const shown = /password|secret/i.test(name) && !/^\$\{env[:.]/.test(placeholder) ? '${...}' : placeholder
    return {
      id: 'jdbc.placeholder',
      level: 'error',
      text: `${path}, line ${line}: nobody fills ${shown} in ${name}; the source gets it as it stands`,
      cause: placeholder.startsWith('${env:')
        ? 'it is filled only when the file is copied from the image (PXF_SEED_DIR)'
        : '',
      mend: placeholder.startsWith('${env:')
        ? 'write the value; or put the file into seed/ and the variable into the compose file, and delete this one'
        : 'write the value',
    }
  })
}

function missing(path: string, properties: readonly Property[]): Complaint[] {
  return [
    ['jdbc.driver', 'JDBC_DRIVER'],
    ['jdbc.url', 'DB_URL'],
  ].flatMap(([name = '', option = '']): Complaint[] => {
    if ((valueOf(properties, name) ?? '').trim() !== '') return []
    const text = `${path} has no ${name}; queries fail unless the table itself gives ${option}`
    return [{ id: 'jdbc.missing', level: 'warn', text, cause: '', mend: `add the property ${name}` }]
  })
}

/** Hadoop keeps the blanks and line ends around a value. */
function blanks(path: string, properties: readonly Property[]): Complaint[] {
  return ['jdbc.driver', 'jdbc.url', 'jdbc.user', 'jdbc.password'].flatMap((name): Complaint[] => {
    const value = valueOf(properties, name) ?? ''
    if (value.trim() === '' || value === value.trim()) return []
    const text = `${path}: blanks or line ends around the value of ${name} count as part of it`
    return [
      {
        id: 'jdbc.blanks',
        level: 'error',
        text,
        cause: '',
        mend: `write <value>...</value> of ${name} on one line, without blanks`,
      },
    ]
  })
}

function login(path: string, properties: readonly Property[]): Complaint[] {
  const url = valueOf(properties, 'jdbc.url') ?? ''
  const elsewhere = (name: string) =>
    new RegExp(`[?&;]${name}=`, 'i').test(url) ||
    properties.some((property) => property.name === `jdbc.connection.property.${name}`)
  const kerberos = valueOf(properties, 'hadoop.security.authentication') === 'kerberos'
  const impersonated = valueOf(properties, 'pxf.service.user.impersonation') === 'true'
  if (url === '' || kerberos) return []
  return ['user', 'password'].flatMap((name): Complaint[] => {
    if ((valueOf(properties, `jdbc.${name}`) ?? '') !== '' || elsewhere(name)) return []
    if (name === 'user' && impersonated) return []
    const text = `${path}: jdbc.${name} is empty or missing`
    return [
      {
        id: 'jdbc.login',
        level: 'warn',
        text,
        cause: 'the source refuses the login, unless it asks for none',
        mend: `set jdbc.${name}`,
      },
    ]
  })
}
