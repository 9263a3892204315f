/** Reads the configuration from a given environment, once. All faults are reported together. The result is frozen. */
import { reasonOf } from '../errors.ts'
import { familyVariable, recognise, type Image } from '../image/recognise.ts'
import type { Config, ConfigSources, Environment } from './config.ts'
import { ConfigError, describeIssue, hostFaults, misspelt, passwordFaults, portFaults } from './faults.ts'
import { resolve } from './resolve.ts'
import { configurationSchema, namesOf, type Names, type Parsed } from './schema.ts'

/** @throws ConfigError with exit code 78 and every fault */
export function loadConfig(sources: ConfigSources): Config {
  const given = withoutEmpty(sources.environment)
  const image = recogniseImage(sources)
  const names = namesOf(image.profile)
  const parsed = configurationSchema.safeParse(byKey(given, names))
  const context = { given, image, names }
  const faults = [
    ...(parsed.success
      ? [...portFaults(parsed.data, image.profile), ...hostFaults(parsed.data, sources.hostname)]
      : parsed.error.issues.map((issue) => describeIssue(issue, context))),
    ...passwordFaults(context),
    ...misspelt(context),
  ]
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  const password = passwordOf(parsed.data, names.PASSWORD_FILE, sources.readFile)
  return freeze(resolve({ ...context, parsed: parsed.data, password }, sources))
}

export const recogniseImage = ({ environment, readFile }: Omit<ConfigSources, 'hostname'>): Image =>
  recognise(environment[familyVariable], readFile)

const byKey = (given: Readonly<Record<string, string>>, names: Names): object =>
  Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => (name in given ? [[key, given[name]]] : [])),
  )

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}

function passwordOf(
  { PASSWORD, PASSWORD_FILE: file }: Parsed,
  name: string,
  readFile: ConfigSources['readFile'],
): string | undefined {
  if (file === undefined) return PASSWORD
  const fault = (what: string) =>
    new ConfigError([{ text: `${name} is ${JSON.stringify(file)}; ${what}`, variables: [name] }])
  let text: string
  try {
    text = readFile(file)
  } catch (error) {
    throw fault(`it cannot be read: ${reasonOf(error)}`)
  }
  // The base image reads it with $(< file), which drops trailing newlines.
  const password = text.replace(/\n+$/, '')
  if (password === '') throw fault('the file is empty')
  return password
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) freeze(child as object)
  }
  return Object.freeze(value)
}
