/**
 * The lines that wait to be written, as bytes: each is encoded once, into its place. A string that grows by every line
 * would be copied by the garbage collector again and again.
 */

export interface ByteQueue {
  /** @returns how many bytes the text has */
  readonly add: (text: string) => number
  readonly size: () => number
  /** All of them, valid until the next call of another function. */
  readonly bytes: () => Buffer
  /** Removes the first ones. */
  readonly drop: (count: number) => void
  readonly clear: () => void
}

/** In bytes. What does not fit gets more room, which is given back once the queue is empty. */
const usualBytes = 64 * 1024
/** No UTF-16 code unit takes more bytes of UTF-8. */
const mostBytesOfUnit = 3

export function createByteQueue(): ByteQueue {
  let room = Buffer.allocUnsafeSlow(usualBytes)
  let [start, end] = [0, 0]

  function makeRoom(bytes: number): void {
    const size = end - start
    const isEnough = size + bytes <= room.length
    const next = isEnough ? room : Buffer.allocUnsafeSlow(Math.max(size + bytes, 2 * room.length))
    room.copy(next, 0, start, end)
    room = next
    ;[start, end] = [0, size]
  }

  function drop(count: number): void {
    start += count
    if (start < end) return
    ;[start, end] = [0, 0]
    if (room.length > usualBytes) room = Buffer.allocUnsafeSlow(usualBytes)
  }

  return {
    add: (text) => {
      const most = text.length * mostBytesOfUnit
      if (room.length - end < most) makeRoom(most)
      const bytes = room.write(text, end)
      end += bytes
      return bytes
    },
    size: () => end - start,
    bytes: () => room.subarray(start, end),
    drop,
    clear: () => drop(end - start),
  }
}
