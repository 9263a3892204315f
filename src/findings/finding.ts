/**
 * What is wrong, in one shape: a finding is created where the fault is found, and reaches the log, `/status`, the
 * doctor and the metrics unchanged. The text is for people; programs identify a finding by its id. Pure.
 */
import { entryOf, type FindingId, type SeverityOf } from './catalogue.ts'
import type { Severity } from './catalogue/entry.ts'

export interface Finding {
  /** Stable, and listed in the catalogue. */
  readonly id: FindingId
  readonly severity: Severity
  /** What is wrong, in the words of the error that a user sees. */
  readonly text: string
  /** Why; empty if the text already explains it. */
  readonly cause: string
  /** The line of a file, or the command, that fixes it; empty if there is nothing to do. */
  readonly fix: string
  /** What it concerns: a path, a database, a PXF server, a component, a variable. Unique together with the id. */
  readonly where: string
}

export interface FindingText<Id extends FindingId> {
  /** Overrides the default of the catalogue. */
  readonly severity?: SeverityOf<Id>
  readonly text: string
  readonly cause?: string
  readonly fix?: string
  readonly where?: string
}

export function finding<Id extends FindingId>(id: Id, given: FindingText<Id>): Finding {
  const { severity = entryOf(id).severities[0], text, cause = '', fix = '', where = '' } = given
  return { id, severity, text, cause, fix, where }
}

/** The finding on one line. */
export const sentenceOf = ({ text, cause, fix }: Pick<Finding, 'text' | 'cause' | 'fix'>): string =>
  `${text}${cause === '' ? '' : `: ${cause}`}${fix === '' ? '' : `; ${fix}`}`

/** The same finding with `change` applied to all its text: a mask, or what makes it safe to print. */
export const reworded = <F extends Finding>(original: F, change: (words: string) => string): F => ({
  ...original,
  text: change(original.text),
  cause: change(original.cause),
  fix: change(original.fix),
  where: change(original.where),
})

/** Whether both report the same fault of the same thing. */
export const isSame = (one: Finding, other: Finding): boolean =>
  one.id === other.id && one.where === other.where

/** The result for one topic, or for a part of it. */
export interface Opinion {
  /** What was inspected and its state, in one line. */
  readonly seen: string
  readonly findings: readonly Finding[]
}
