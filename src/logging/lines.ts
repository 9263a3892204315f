/**
 * Splits the bytes from a child's pipe into lines, with back-pressure: while the log is congested nothing is read, so the
 * child blocks instead of memory growing. A line longer than `longestPart` is passed on in parts.
 */
import { StringDecoder } from 'node:string_decoder'

export interface Line {
  readonly text: string
  /** Set if the line continues in the next part. */
  readonly continues?: true
  /** Not a whole line: a part of a long one, or the last one without its end. */
  readonly partial?: true
}

/** In characters: longer than any reasonable line, small enough for memory. */
const longestPart = 1024 * 1024

/**
 * Terminal control sequences. Every role of the database can write to the log, so removing them must take linear time
 * (`util.stripVTControlCharacters` takes minutes for a mebibyte of incomplete sequences) and leave no incomplete ones.
 */
const controls =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)|\u001B[@-Z\\^_]|[\u001B\u0080-\u009F]/g

const anyControl = /[\u001B\u0080-\u009F]/

/** Whether text of these bytes of UTF-8 may have any. Two searches of native code for many lines. */
export const mayHaveControls = (bytes: Buffer): boolean => bytes.includes(0x1b) || bytes.includes(0xc2)

export const withoutControls = (text: string): string =>
  anyControl.test(text) ? text.replaceAll(controls, '') : text

const cut = (part: string): Line => ({
  text: withoutControls(part.endsWith('\r') ? part.slice(0, -1) : part),
})

/** `push` takes chunks and returns complete lines; `end` returns the rest that had no newline. */
export function lineSplitter(): { push: (chunk: Buffer) => Line[]; end: () => Line[] } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  /** `rest` goes on with a line of which parts were passed on. */
  let isContinued = false
  return {
    push(chunk) {
      const pieces = (rest + decoder.write(chunk)).split('\n')
      rest = pieces.pop() ?? ''
      const lines: Line[] = pieces.map((piece, index) =>
        isContinued && index === 0 ? { ...cut(piece), partial: true } : cut(piece),
      )
      if (pieces.length > 0) isContinued = false
      while (rest.length > longestPart) {
        lines.push({ ...cut(rest.slice(0, longestPart)), continues: true, partial: true })
        rest = rest.slice(longestPart)
        isContinued = true
      }
      return lines
    },
    end() {
      const last = rest + decoder.end()
      rest = ''
      return last === '' ? [] : [{ ...cut(last), partial: true }]
    },
  }
}

/** Consumes lines; `drained` resolves when it accepts more. */
export interface LineConsumer {
  readonly line: (line: Line) => void
  readonly congested: () => boolean
  readonly drained: () => Promise<void>
}

/** Reads `source` to its end. If the source fails, the lines so far are all there is. */
export async function pumpLines(source: AsyncIterable<Buffer>, consumer: LineConsumer): Promise<void> {
  const splitter = lineSplitter()
  try {
    for await (const chunk of source) {
      for (const line of splitter.push(chunk)) consumer.line(line)
      if (consumer.congested()) await consumer.drained()
    }
  } catch {
    // The pipe is destroyed here once the child has exited, because its daemons keep it open.
  }
  for (const line of splitter.end()) consumer.line(line)
}
