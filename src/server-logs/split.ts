/** The contract of what finds the records in a block of a log file. Works on bytes: text is made of wanted records alone. */
import type { Layout } from './csv-layout.ts'

export interface Block {
  readonly bytes: Buffer
  readonly layout: Layout
  /** Whether the block begins at the beginning of a line. */
  readonly isLineStart: boolean
  /** Nothing will be added to the file any more: what is not whole is all there is. */
  readonly isFinal: boolean
  /** Nothing was added to the file for a while. */
  readonly isQuiet: boolean
  /** The block is as large as blocks get: a record that does not fit is taken in parts. */
  readonly isFull: boolean
  /** A record of which parts were taken: whether its quotes were open at the end of the last part. */
  readonly open?: OpenRecord
}

export interface OpenRecord {
  readonly quotes: boolean
  readonly severity?: string | undefined
}

/** A record, or a part of one, from `start` up to `end`, without the line end. */
export interface Span {
  readonly start: number
  readonly end: number
  /** The record goes on in the next part. */
  readonly continues?: true
  /** Of a record that does not come as a whole. */
  readonly severity?: string | undefined
}

export interface Split {
  readonly spans: readonly Span[]
  /** Bytes of the block that need not be read again. */
  readonly used: number
  readonly open?: OpenRecord
}

export type Splitter = (block: Block) => Split
