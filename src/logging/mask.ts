/**
 * Takes secrets out of text that leaves the program: log lines, reasons in /status. What counts as one: the
 * password of the database, every variable of the environment that is named as a password, secret or token, and what
 * is written as a password into a statement or an address.
 */
import type { Config, Environment } from '../config/config.ts'
import { withoutWrittenSecrets } from './written-secrets.ts'

export type Mask = (text: string) => string

/** Shorter ones, and ones that are also a user's or database's name, are ordinary words. */
const shortestMaskable = 6

const secretName = /(PASSWORD|PASSWD|SECRET|TOKEN)$/

export function createMask(config: Config, environment: Environment): Mask {
  const words: ReadonlySet<string | undefined> = new Set([
    config.greenplum.user,
    config.greenplum.database,
    ...Object.entries(environment).map(([name, value]) => (/(USER|NAME)$/.test(name) ? value : undefined)),
  ])
  const named = Object.entries(environment).map(([name, value]) =>
    secretName.test(name) ? value : undefined,
  )
  const secrets = [config.greenplum.password, ...named].filter(
    (value): value is string => value !== undefined && value.length >= shortestMaskable && !words.has(value),
  )
  // As it is, as an SQL string has it, and as it stands inside JSON.
  const forms = new Set(
    secrets.flatMap((secret) => [secret, secret.replaceAll("'", "''"), JSON.stringify(secret).slice(1, -1)]),
  )
  // The longest first: one secret may be the beginning of another.
  const ordered = [...forms].toSorted((a, b) => b.length - a.length)
  return (text) =>
    ordered.reduce((masked, form) => masked.replaceAll(form, '***'), withoutWrittenSecrets(text))
}
