/**
 * From the bytes of a child's pipe to lines, with back-pressure: while the log is congested nothing is read,
 * so the child waits instead of our memory growing. A line longer than `longestPart` is passed on in parts.
 */
import { StringDecoder } from 'node:string_decoder'

export interface Line {
  readonly text: string
  /** Set when the same line goes on in the next part. */
  readonly continues?: true
}

/** Characters: beyond any sane line, small enough to hold. */
const longestPart = 1024 * 1024

/**
 * What a terminal would obey. Every role of the database has lines in the log, so reading them takes linear time
 * (`util.stripVTControlCharacters` takes minutes for a mebibyte of beginnings), and nothing is left that begins one.
 */
const controls =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)|\u001B[@-Z\\^_]|[\u001B\u0080-\u009F]/g

const anyControl = /[\u001B\u0080-\u009F]/

function cut(part: string): Line {
  const text = part.endsWith('\r') ? part.slice(0, -1) : part
  return { text: anyControl.test(text) ? text.replaceAll(controls, '') : text }
}

/** Feeds chunks in, gets whole lines out; `end` gives the rest that had no newline. */
export function lineSplitter(): { push: (chunk: Buffer) => Line[]; end: () => Line[] } {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    push(chunk) {
      const pieces = (rest + decoder.write(chunk)).split('\n')
      rest = pieces.pop() ?? ''
      const lines = pieces.map(cut)
      while (rest.length > longestPart) {
        lines.push({ ...cut(rest.slice(0, longestPart)), continues: true })
        rest = rest.slice(longestPart)
      }
      return lines
    },
    end() {
      const last = rest + decoder.end()
      rest = ''
      return last === '' ? [] : [cut(last)]
    },
  }
}

/** Where lines go; `drained` answers when more may come. */
export interface LineConsumer {
  readonly line: (line: Line) => void
  readonly congested: () => boolean
  readonly drained: () => Promise<void>
}

/** Reads `source` to its end. A source that breaks off counts as ended: the lines so far are what there is. */
export async function pumpLines(source: AsyncIterable<Buffer>, consumer: LineConsumer): Promise<void> {
  const splitter = lineSplitter()
  try {
    for await (const chunk of source) {
      for (const line of splitter.push(chunk)) consumer.line(line)
      if (consumer.congested()) await consumer.drained()
    }
  } catch {
    // destroyed on our side once the child is gone and its daemons keep the pipe open
  }
  for (const line of splitter.end()) consumer.line(line)
}
