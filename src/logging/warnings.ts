/** The latest records of level warn and worse, for people who have the page and not the log. In memory only. */
import { printable } from '../printable.ts'

export interface Warning {
  /** ISO 8601. */
  readonly at: string
  readonly level: 'warn' | 'error' | 'fatal'
  readonly component: string
  readonly message: string
  /** Why, or what another program said of it. */
  readonly reason?: string
}

export interface Warnings {
  readonly remember: (warning: Warning) => void
  /** Oldest first. */
  readonly latest: () => readonly Warning[]
}

const kept = 20
/** Of a message or reason, in UTF-16 code units; the whole of it is in the log. */
const mostLength = 400

export const isWarning = (level: string): level is Warning['level'] =>
  level === 'warn' || level === 'error' || level === 'fatal'

export function createWarnings(onChange: () => void): Warnings {
  const warnings: Warning[] = []
  return {
    remember: ({ at, level, component, message, reason }) => {
      warnings.push({
        at,
        level,
        component,
        message: shortened(message),
        ...(reason === undefined ? {} : { reason: shortened(reason) }),
      })
      if (warnings.length > kept) warnings.shift()
      onChange()
    },
    latest: () => [...warnings],
  }
}

/** A copy: a slice would keep all of a long record in memory. */
const shortened = (text: string): string =>
  printable(text.length <= mostLength ? text : `${Buffer.from(text.slice(0, mostLength)).toString()}…`)
