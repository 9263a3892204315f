/** New inputs out of those that are known to reach different code. */

const pick = (below: number): number => Math.floor(Math.random() * below)
const any = <T>(from: ArrayLike<T>): T => from[pick(from.length)] as T

/** Characters with a meaning, to most readers. */
const marks = Buffer.from('"\'\\$<>&;,/*-#:={}[]() \t\r\n\0\u007Fa1')

/** Longer inputs reach little that shorter ones do not, and take longer. */
const longest = 4096

const splice = (input: Buffer, from: number, to: number, ...put: Uint8Array[]): Buffer =>
  Buffer.concat([input.subarray(0, from), ...put, input.subarray(to)])

/** Some bytes of it, seldom many. */
function part(input: Buffer): { from: number; to: number } {
  const from = pick(input.length + 1)
  return { from, to: Math.min(input.length, from + pick(2 ** pick(10))) }
}

/** One to sixteen changes, one after the other. `tokens` are words that mean something to the reader. */
export function mutate(corpus: readonly Buffer[], tokens: readonly Buffer[]): Buffer {
  let input = any(corpus)
  for (let left = 2 ** pick(5); left > 0; left--) input = change(input, corpus, tokens)
  return input.subarray(0, longest)
}

function change(input: Buffer, corpus: readonly Buffer[], tokens: readonly Buffer[]): Buffer {
  const { from, to } = part(input)
  switch (pick(9)) {
    case 0:
      return splice(input, from, to)
    case 1:
      return splice(input, from, Math.min(from + 1, input.length), Buffer.of(pick(256)))
    case 2:
      return splice(input, from, from, Buffer.of(any(marks)))
    case 3:
      return splice(input, to, to, input.subarray(from, to))
    case 4: {
      const other = any(corpus)
      const { from: start, to: end } = part(other)
      return splice(input, from, to, other.subarray(start, end))
    }
    case 5:
      return splice(input, from, from, Buffer.concat(Array.from({ length: 1 + pick(20) }, () => any(tokens))))
    case 6:
      return splice(input, from, to, any(tokens))
    case 7: {
      // The other case, or a neighbour: ', " and digits are near each other.
      const changed = Buffer.from(input)
      if (from < input.length) changed[from] = (input[from] ?? 0) ^ (1 << pick(8))
      return changed
    }
    default:
      return splice(input, from, from, any(tokens))
  }
}

/** A smaller input that still fails: halves, then ever smaller pieces, are left out. */
export async function shrink(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = input
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length;) {
      const without = splice(smallest, at, at + size)
      if (await fails(without)) smallest = without
      else at += size
    }
  }
  return smallest
}
