/**
 * Masks secrets in all text that leaves the program, such as log lines and reasons in /status. Secrets are the password
 * of the database, the value of every variable that is named like a password, secret or token, and passwords in
 * statements and URLs.
 */
import type { Config, Environment } from '../config/config.ts'
import { maySuspect, withoutWrittenSecrets } from './written-secrets.ts'

export interface Mask {
  (text: string): string
  /** Whether a value in this line of JSON may have to be masked. A cheap test, which almost every line fails. */
  readonly mayChange: (json: string) => boolean
}

/** Shorter values, and values that are also the name of a user or database, would match ordinary words. */
const shortestMaskable = 6

/** Whether the value of a variable with this name is a secret. */
export const isSecretName = (name: string): boolean => /(PASSWORD|PASSWD|SECRET|TOKEN)$/.test(name)

export function createMask(config: Config, environment: Environment): Mask {
  const words: ReadonlySet<string | undefined> = new Set([
    config.greenplum.user,
    config.greenplum.database,
    ...Object.entries(environment).map(([name, value]) => (/(USER|NAME)$/.test(name) ? value : undefined)),
  ])
  const named = Object.entries(environment).map(([name, value]) => (isSecretName(name) ? value : undefined))
  const secrets = [config.greenplum.password, ...named].filter(
    (value): value is string => value !== undefined && value.length >= shortestMaskable && !words.has(value),
  )
  // The value itself, and its form in a SQL string and in JSON.
  const forms = new Set(
    secrets.flatMap((secret) => [secret, secret.replaceAll("'", "''"), JSON.stringify(secret).slice(1, -1)]),
  )
  // Longest first, because one secret may be a prefix of another.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  const mask = (text: string) =>
    ordered.reduce((masked, form) => masked.replaceAll(form, '***'), withoutWrittenSecrets(text))
  const inJson = ordered.map((form) => JSON.stringify(form).slice(1, -1))
  const mayChange = (json: string) => maySuspect(json) || inJson.some((form) => json.includes(form))
  return Object.assign(mask, { mayChange })
}
