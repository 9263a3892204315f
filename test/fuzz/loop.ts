/**
 * The child of js.ts: mutates, runs, keeps what reaches new code, shrinks and keeps what fails. The input at work
 * lies in a file, so that one that never comes back, or takes the process with it, is not lost.
 */
import { createHash } from 'node:crypto'
import {
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { featuresOf, startCoverage } from './coverage.ts'
import { mutate, shrink } from './mutate.ts'
import { atWorkName, type LoopOptions, type LoopReport, type Target } from './options.ts'

/** Long enough that the counters, and short enough that a slow target, do not take most of the time. */
const batchMs = 250

/** js.ts takes a long silence for an input that does not end. */
const reportEveryMs = 5000

const options = JSON.parse(process.argv[2] ?? '') as LoopOptions

const coverage = await startCoverage()
const { fuzz } = (await import(`./targets/${options.target}.target.ts`)) as Target
const words = readFileSync(new URL(`dictionaries/${options.target}.dict`, import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(JSON.parse(line) as string))

const blocks = new Set<string>()
const features = new Set<string>()
const corpus: Buffer[] = []
const findings = new Map<string, string>()

const folder = (name: string) => {
  const path = join(options.work, name)
  mkdirSync(path, { recursive: true })
  return path
}
const corpusFolder = folder('corpus')
const findingsFolder = folder('findings')

const atWork = openSync(join(options.work, atWorkName), 'w')

const nameOf = (input: Buffer) => createHash('sha1').update(input).digest('hex')

let runs = 0
let reported = performance.now()

function report(): void {
  reported = performance.now()
  process.send?.({
    runs,
    corpus: corpus.length,
    features: features.size,
    findings: [...findings].map(([kind, name]) => `${name} ${kind}`),
  } satisfies LoopReport)
}

/** What was thrown; undefined where all holds. */
async function run(input: Buffer): Promise<unknown> {
  ftruncateSync(atWork)
  writeSync(atWork, input, 0, input.length, 0)
  runs++
  if (performance.now() - reported > reportEveryMs) report()
  try {
    await fuzz(input)
    return undefined
  } catch (error) {
    return error ?? new Error('something empty was thrown')
  }
}

/** Where it was thrown and as what, without the values in it: the same fault is found again and again. */
function kindOf(error: unknown): string {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  const places = stack.split('\n').filter((line) => /\/(src|targets)\//.test(line))
  return `${name}: ${message.split('\n', 1)[0]?.replaceAll(/\d+/g, '#')} ${places[0]?.trim() ?? ''}`
}

async function record(input: Buffer, error: unknown): Promise<void> {
  const kind = kindOf(error)
  if (findings.has(kind)) return
  findings.set(kind, nameOf(input))
  const smallest = await shrink(input, async (smaller) => {
    const other = await run(smaller)
    return other !== undefined && kindOf(other) === kind
  })
  const name = nameOf(smallest)
  findings.set(kind, name)
  writeFileSync(join(findingsFolder, name), smallest)
  writeFileSync(
    join(findingsFolder, `${name}.txt`),
    `${kind}\n\n${String((error as Error).stack ?? error)}\n`,
  )
}

/**
 * Runs them all, and again in halves as long as there is code among them that was never reached: reading the
 * counters takes longer than many runs.
 */
async function explore(inputs: readonly Buffer[], isNew: (reached: Reached) => boolean): Promise<void> {
  for (const input of inputs) {
    const error = await run(input)
    if (error !== undefined) await record(input, error)
  }
  const reached = await coverage.take()
  if (!isNew(reached)) return
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) return keep(only, reached)
  const middle = Math.ceil(inputs.length / 2)
  await explore(inputs.slice(0, middle), isNew)
  await explore(inputs.slice(middle), isNew)
}

type Reached = ReadonlyMap<string, number>

const hasNewBlock = (reached: Reached): boolean => [...reached.keys()].some((block) => !blocks.has(block))
const hasNewFeature = (reached: Reached): boolean => featuresOf(reached).some((one) => !features.has(one))

function keep(input: Buffer, reached: Reached): void {
  for (const block of reached.keys()) blocks.add(block)
  for (const feature of featuresOf(reached)) features.add(feature)
  corpus.push(input)
  writeFileSync(join(corpusFolder, nameOf(input)), input)
}

const seeds = options.seeds
  .flatMap((path) => {
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(path, entry.name)))
    } catch {
      return []
    }
  })
  .toSorted((one, other) => one.length - other.length)

await coverage.take()
// What is kept in the repository reaches every block once; a run begins with more.
const isWanted = options.minimise ? hasNewBlock : hasNewFeature
for (const seed of [Buffer.alloc(0), ...seeds]) await explore([seed], isWanted)

const end = performance.now() + (options.minimise ? 0 : options.seconds * 1000)
let batch = 16
while (performance.now() < end) {
  const begun = performance.now()
  const inputs = Array.from({ length: batch }, () => mutate(corpus, words))
  // Now and then each input alone: what only runs more often does not show in a batch.
  if (Math.random() < 0.03) for (const input of inputs) await explore([input], hasNewFeature)
  else await explore(inputs, hasNewBlock)
  batch = performance.now() - begun < batchMs ? Math.min(batch * 2, 256) : Math.max(batch >> 1, 4)
}
report()
// What the target listens on would keep the process alive.
process.disconnect()
process.exit()
