import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { csv } from './csv.fixture.ts'
import { blockBytes, follow, largestBlockBytes, type Begin, type FollowerPorts } from './follower.ts'
import { csvFormat, javaFormat } from './formats.ts'

const fromStart: Begin = { at: 'position', position: undefined }

async function logFolder() {
  const directory = await mkdtemp(join(tmpdir(), 'logs-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const at = (name: string) => join(directory, name)
  return {
    directory,
    at,
    add: (name: string, ...records: string[]) => appendFile(at(name), records.join('')),
  }
}

type More = Partial<FollowerPorts> & { readonly begin?: Begin; readonly backlogBytes?: number }

async function following(directory: string, { begin = fromStart, backlogBytes, ...ports }: More = {}) {
  const messages: string[] = []
  const told: string[] = []
  const follower = await follow(
    {
      directory,
      format: csvFormat('all'),
      relay: ({ message }) => {
        messages.push(message)
        return true
      },
      report: (message) => void told.push(message),
      ...ports,
    },
    begin,
    backlogBytes,
  )
  onTestFinished(follower.close)
  const buffer = Buffer.alloc(blockBytes)
  return {
    ...follower,
    told,
    messages,
    /** Reads until there is nothing more. */
    readAll: async (isEnd?: boolean) => {
      for (let reads = 0; await follower.read(buffer, isEnd); reads++)
        if (reads > 1000) throw new Error('it never comes to an end')
      return messages.splice(0)
    },
  }
}

const record = (message: string, severity = 'LOG') => `${csv(severity, message).greenplum}\n`

const [first, second] = ['gpdb-2026-11-27_000000.csv', 'gpdb-2026-11-28_000000.csv'] as const

describe('a follower', () => {
  it('goes from file to file in the order of their names, and passes over what is no log', async () => {
    const { directory, add } = await logFolder()
    await add(second, record('c'))
    await add(first, record('a'), record('b'))
    await add('startup.log', 'no csv\n')
    const { readAll } = await following(directory)
    expect(await readAll()).toEqual(['a', 'b', 'c'])
    await add('gpdb-2026-11-29_000000.csv', record('d'))
    expect(await readAll()).toEqual(['d'])
  })

  it('finishes a file before the next, also what was written after the next was made', async () => {
    const { directory, add } = await logFolder()
    await add(first, record('a'))
    const { readAll } = await following(directory)
    await readAll()
    await writeFile(join(directory, second), '')
    expect(await readAll()).toEqual([])
    await add(first, record('b'))
    await add(second, record('c'))
    expect(await readAll()).toEqual(['b', 'c'])
  })

  it('waits for the rest of a record, and takes what there is when the file is left', async () => {
    const { directory, add } = await logFolder()
    const half = record('half').slice(0, -20)
    await add(first, record('a'), half)
    const { readAll } = await following(directory)
    expect(await readAll()).toEqual(['a'])
    await add(first, record('half').slice(-20), half)
    expect(await readAll()).toEqual(['half'])
    await add(second, record('b'))
    expect(await readAll()).toEqual([half, 'b'])
  })

  it('begins at the end of what there is, if told so', async () => {
    const { directory, add } = await logFolder()
    await add(first, record('old'))
    await add(second, record('old'))
    const { readAll } = await following(directory, { begin: { at: 'end' } })
    expect(await readAll()).toEqual([])
    await add(second, record('new'))
    expect(await readAll()).toEqual(['new'])
  })

  it('starts over in a file that was cut, also if it is as long again', async () => {
    const { directory, at, add } = await logFolder()
    await add(first, record('a'), record('b'))
    const { readAll, told } = await following(directory)
    await readAll()
    await truncate(at(first))
    await add(first, record('c'))
    expect(await readAll()).toEqual(['c'])
    const later = record('d').replace('03:14:15', '04:00:00')
    await writeFile(at(first), later + record('e') + record('f'))
    expect(await readAll()).toEqual(['d', 'e', 'f'])
    expect(told).toEqual(Array(2).fill('a log file was cut; it is read from its new beginning'))
  })

  it('reads a file to its end that was renamed or removed under it, then the one that has its name', async () => {
    const { directory, at, add } = await logFolder()
    await add(first, record('a'))
    const { readAll } = await following(directory)
    await readAll()
    await add(first, record('b'))
    await rename(at(first), at('aside'))
    await add('aside', record('c'))
    await add(first, record('d'))
    expect(await readAll()).toEqual(['b', 'c', 'd'])
    await add(first, record('e'))
    await rm(at(first))
    await add(first, record('f'))
    expect(await readAll()).toEqual(['e', 'f'])
  })

  it('passes on a record that is longer than a block, and one in parts that is longer than any', async () => {
    const { directory, add } = await logFolder()
    const [long, longest] = ['x'.repeat(blockBytes * 2), 'y'.repeat(largestBlockBytes * 2)]
    await add(first, record(long), record(longest, 'ERROR'), record('end'))
    const levels: string[] = []
    const texts: string[] = []
    const { readAll } = await following(directory, {
      relay: ({ level, message }) => {
        levels.push(level)
        texts.push(message)
        return true
      },
    })
    await readAll()
    expect(texts[0]).toBe(long)
    expect(texts.at(-1)).toBe('end')
    expect(texts.slice(1, -1).join('')).toBe(record(longest, 'ERROR').trimEnd())
    expect(new Set(levels.slice(1, -1))).toEqual(new Set(['error']))
  })
})

/** Passes on so many records, then is told to end. */
const limited = (count: number) => {
  const taken: string[] = []
  const relay: FollowerPorts['relay'] = ({ message }) => {
    if (taken.length === count) return false
    taken.push(message)
    return true
  }
  return { taken, relay }
}

describe('a restart', () => {
  const numbers = Array.from({ length: 50 }, (_, number) => `${number}`)

  it('goes on behind the last record that was passed on: none twice, none lost', async () => {
    const { directory, add } = await logFolder()
    await add(first, ...numbers.slice(0, 30).map((one) => record(one)))
    await add(second, ...numbers.slice(30).map((one) => record(one)))
    for (const count of [0, 1, 29, 30, 31, 49]) {
      const { taken, relay } = limited(count)
      const before = await following(directory, { relay })
      await before.readAll()
      const position = before.position()
      const after = await following(directory, { begin: { at: 'position', position } })
      expect([...taken, ...(await after.readAll())]).toEqual(numbers)
    }
  })

  it('repeats and loses records from a wrong position (control)', async () => {
    const { directory, add } = await logFolder()
    await add(first, ...numbers.map((one) => record(one)))
    const { taken, relay } = limited(20)
    const before = await following(directory, { relay })
    await before.readAll()
    const position = before.position()
    for (const bytes of [-1000, 1000]) {
      const wrong = { ...position, offset: position.offset + bytes }
      const after = await following(directory, { begin: { at: 'position', position: wrong } })
      expect([...taken, ...(await after.readAll())]).not.toEqual(numbers)
    }
  })

  it('passes on a record again as a whole if it was passed on in part', async () => {
    const { directory, add } = await logFolder()
    const longest = record('y'.repeat(largestBlockBytes * 3), 'ERROR')
    await add(first, record('a'), longest, record('b'))
    const { taken, relay } = limited(3)
    const before = await following(directory, { relay })
    await before.readAll()
    expect(taken[0]).toBe('a')
    expect(taken).toHaveLength(3)
    const after = await following(directory, { begin: { at: 'position', position: before.position() } })
    const again = await after.readAll()
    expect(again.slice(0, -1).join('')).toBe(longest.trimEnd())
    expect(again.at(-1)).toBe('b')
  })

  it('takes another file of the same name from its beginning', async () => {
    const { directory, at, add } = await logFolder()
    await add(first, record('a'))
    const before = await following(directory)
    await before.readAll()
    await writeFile(at(first), record('b').replace('03:14:15', '05:00:00') + record('c'))
    const after = await following(directory, { begin: { at: 'position', position: before.position() } })
    expect(await after.readAll()).toEqual(['b', 'c'])
  })

  it('goes on in the files behind one that is gone', async () => {
    const { directory, at, add } = await logFolder()
    await add(first, record('a'))
    const before = await following(directory)
    await before.readAll()
    await rm(at(first))
    await add(second, record('b'))
    const after = await following(directory, { begin: { at: 'position', position: before.position() } })
    expect(await after.readAll()).toEqual(['b'])
  })

  it('passes over the oldest if there is too much, and says so', async () => {
    const { directory, add } = await logFolder()
    await add(first, record('a'))
    const before = await following(directory)
    await before.readAll()
    const begin: Begin = { at: 'position', position: before.position() }
    await add(first, ...numbers.map((one) => record(one)))
    const inFile = await following(directory, { begin, backlogBytes: record('b').length * 2 + 10 })
    expect((await inFile.readAll()).slice(-2)).toEqual(numbers.slice(-2))
    await add(second, record('b'))
    const inNext = await following(directory, { begin, backlogBytes: 10 })
    expect(await inNext.readAll()).toEqual(['b'])
    for (const { told } of [inFile, inNext])
      expect(told).toEqual(['too much was logged while nobody followed; the oldest is passed over'])
  })
})

describe('a slow reader', () => {
  it('is waited for: nothing is read ahead of it, nothing is lost, and the order is kept', async () => {
    const { directory, add } = await logFolder()
    const numbers = Array.from({ length: 5000 }, (_, number) => `${number}`)
    await add(first, ...numbers.map((one) => record(one)))
    const taken: string[] = []
    let release = () => {}
    const { read, position } = await following(directory, {
      relay: async ({ message }) => {
        if (taken.length === 10) await new Promise<void>((resolve) => (release = resolve))
        taken.push(message)
        return true
      },
    })
    const buffer = Buffer.alloc(blockBytes)
    const reading = read(buffer)
    await expect.poll(() => taken.length).toBe(10)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(taken).toHaveLength(10)
    expect(position().offset).toBe(0)
    release()
    await reading
    while (await read(buffer));
    expect(taken).toEqual(numbers)
  })
})

describe('the service log of PXF', () => {
  /** As PXF 6.10.1 writes it. */
  const line = (level: string, text: string) =>
    `2026-11-27 03:14:15.123 UTC ${level.padStart(5)} [6-0001:seg0:0  ] 4242 --- [exec-1   ] o.g.p.s.c.PxfErrorReporter               : ${text}\n`
  const trace =
    '\njava.io.IOException: no\n\tat a.B.c(B.java:1)\nCaused by: d.E: 2026\n\tat f.G.h(G.java:2)\n\n'

  it('gives a stack trace as one record, in the middle of the file and at its end', async () => {
    const { directory, add } = await logFolder()
    await add(
      'pxf-service.log',
      line('INFO', 'up'),
      line('ERROR', 'no data'),
      trace,
      line('WARN', 'slow'),
      trace,
    )
    const records: unknown[] = []
    const { readAll } = await following(directory, {
      format: javaFormat('warning'),
      relay: (one) => records.push(one) > 0,
    })
    await readAll()
    const fields = {
      at: '2026-11-27 03:14:15.123 UTC',
      session: '6-0001:seg0:0',
      process: '4242',
      thread: 'exec-1',
      logger: 'o.g.p.s.c.PxfErrorReporter',
      stack: trace.trim(),
    }
    const error = { component: 'pxf', level: 'error', message: 'no data', fields }
    expect(records).toEqual([error])
    await readAll(true)
    expect(records).toEqual([error, { component: 'pxf', level: 'warn', message: 'slow', fields }])
  })

  it('gives every record with `all`, and goes on in the file that follows a renamed one', async () => {
    const { directory, at, add } = await logFolder()
    await add('pxf-service.log', line('INFO', 'a'), line('INFO', 'b'))
    const { readAll } = await following(directory, { format: javaFormat('all') })
    expect(await readAll()).toEqual(['a'])
    await rename(at('pxf-service.log'), at('app-1.log'))
    await add('pxf-service.log', line('INFO', 'c'))
    expect(await readAll(true)).toEqual(['b', 'c'])
  })
})
