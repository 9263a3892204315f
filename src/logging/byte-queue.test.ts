import { describe, expect, it } from 'vitest'
import { createByteQueue } from './byte-queue.ts'

describe('the queue of bytes', () => {
  it('gives back what was added, in order, however much is taken at a time', () => {
    for (const step of [7, 4096, 200_000]) {
      const queue = createByteQueue()
      const texts = Array.from({ length: 300 }, (_, number) => `${number} ${'ж€😀x'.repeat(number)}\n`)
      const parts: Buffer[] = []
      const take = () => {
        const part = Buffer.from(queue.bytes().subarray(0, step))
        parts.push(part)
        queue.drop(part.length)
      }
      for (const text of texts) {
        expect(queue.add(text)).toBe(Buffer.byteLength(text))
        take()
      }
      while (queue.size() > 0) take()
      expect(Buffer.concat(parts).toString()).toBe(texts.join(''))
    }
  })

  it('has room for a text of any length, and is empty after `clear`', () => {
    const queue = createByteQueue()
    queue.add('first')
    const long = 'я'.repeat(300_000)
    expect(queue.add(long)).toBe(600_000)
    expect(queue.bytes().toString()).toBe(`first${long}`)
    queue.clear()
    expect(queue.size()).toBe(0)
    queue.add('again')
    expect(queue.bytes().toString()).toBe('again')
  })
})
