/**
 * What is wrong, in the one shape that it keeps: it is made where the fault is found, and reaches the log, `/status`,
 * the doctor and the metrics as it is. The words are for people; a program that has to know which finding it has looks
 * at the id. Pure.
 */
import { entryOf, type FindingId, type SeverityOf } from './catalogue.ts'
import type { Severity } from './catalogue/entry.ts'

export interface Finding {
  /** Stable, and listed in the catalogue. */
  readonly id: FindingId
  readonly severity: Severity
  /** What is wrong, with the words of the error that a user sees. */
  readonly text: string
  /** Why; empty where the text says it already. */
  readonly cause: string
  /** The line of a file, or the command, that puts it right; empty where there is nothing to do. */
  readonly fix: string
  /** What it is about: a path, a database, a server of PXF, a component, a variable. With the id it is unique. */
  readonly where: string
}

export interface Said<Id extends FindingId> {
  /** Where the usual one of the catalogue does not fit. */
  readonly severity?: SeverityOf<Id>
  readonly text: string
  readonly cause?: string
  readonly fix?: string
  readonly where?: string
}

export function finding<Id extends FindingId>(id: Id, said: Said<Id>): Finding {
  const { severity = entryOf(id).severities[0], text, cause = '', fix = '', where = '' } = said
  return { id, severity, text, cause, fix, where }
}

/** On one line, where there is only room for that. */
export const sentenceOf = ({ text, cause, fix }: Pick<Finding, 'text' | 'cause' | 'fix'>): string =>
  `${text}${cause === '' ? '' : `: ${cause}`}${fix === '' ? '' : `; ${fix}`}`

/** The same finding after all its words went through `change`: a mask, or what makes them fit for a terminal. */
export const reworded = <F extends Finding>(original: F, change: (words: string) => string): F => ({
  ...original,
  text: change(original.text),
  cause: change(original.cause),
  fix: change(original.fix),
  where: change(original.where),
})

/** Two that say of the same thing that the same is wrong with it. */
export const isSame = (one: Finding, other: Finding): boolean =>
  one.id === other.id && one.where === other.where

/** The judgement on one topic, or on a part of it. */
export interface Opinion {
  /** What was looked at, and how it is, in one line. */
  readonly seen: string
  readonly findings: readonly Finding[]
}
