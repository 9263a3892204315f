/**
 * `npm run bench`: a plain base image under its own entrypoint and this project's image, side by side. The rounds of the
 * sides alternate, so that whatever the machine does beside them meets them alike. Nothing here asserts a time.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { nodeProgram } from '../stand-in/node-program.ts'
import { bringEngine, type Engine } from '../test/image/setup/engine.ts'
import { cacheDirectory, repository, run } from '../test/image/setup/host.ts'
import { createContainer, label, network, removeLeftovers, type Container, type Place } from './container.ts'
import { parseOptions, usage, type Options } from './options.ts'
import { measureRound, type RoundPlan, type Values } from './round.ts'
import { startSource } from './rows.ts'
import { imageSizes } from './size.ts'
import type { Result, Side } from './statistics.ts'
import { describe, tableOf } from './table.ts'

type Measured = Side & { readonly samples: Values }

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.env)
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  // The images are those of the container tests, which read it when they are loaded.
  process.env['IMAGE_TESTS_BASE'] = options.base ?? ''
  const images = await import('../test/image/setup/images.ts')
  // Volumes in memory would be faster than anybody's.
  const engine = await bringEngine(images.claimedTags, { volumesInMemory: false })
  try {
    await images.prepareImages(engine)
    await engine.use('for-testing')
    const { baseImage: base, standImage: image, tags } = images
    const result = await measure(engine, { base, image, source: tags.postgres }, options)
    report(result, options)
    await images.giveNamesBack(engine)
    return 0
  } finally {
    await removeLeftovers(engine).catch(() => {})
    await engine.stop()
  }
}

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`)

interface Names {
  readonly base: string
  readonly image: string
  readonly source: string
}

async function measure(engine: Engine, names: Names, options: Options): Promise<Result> {
  const place = await preparePlace(engine, options)
  await removeLeftovers(engine)
  await run(engine.docker, ['network', 'create', '--label', label, network], engine)
  const plain = { name: 'plain image', image: names.base, environment: {}, samples: {} }
  const own = options.variants.map((variant) => ({ ...variant, image: names.image, samples: {} }))
  const sides: Measured[] = [plain, ...own]
  // The stand-in's PXF moves no data.
  const withRows = options.base !== undefined && !options.without.has('rows')
  const source = { image: names.source, folder: place.probe }
  const plan: RoundPlan = {
    withPxfDeath: !options.without.has('pxf'),
    ...(withRows ? { rows: await startSource(engine, source) } : {}),
  }
  await playRounds(sides, options, {
    create: (side, round) => {
      const { image, environment } = side
      const container = `gp-supervisor-bench-${sides.indexOf(side)}-${round}`
      const supervised = side !== plain
      return createContainer(container, place, { image, supervised, environment, volume: options.volume })
    },
    plan,
  })
  if (!options.without.has('image')) {
    say('compressing the layers of the image')
    const sizes = await imageSizes(engine, { ...names, folder: place.probe })
    for (const side of sides) side.samples['image'] = [side === plain ? sizes.base : sizes.image]
  }
  return {
    base: options.name,
    volume: options.volume,
    rounds: options.rounds,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores`,
    sides,
  }
}

interface Rounds {
  readonly create: (side: Measured, round: number) => Promise<Container>
  readonly plan: RoundPlan
}

/**
 * A file system may be slower at new files for minutes after many were removed (ext4 without a journal is, five times),
 * and a round would pay for the one before it. So the containers are removed when all rounds are done.
 */
async function playRounds(sides: readonly Measured[], { rounds }: Options, { create, plan }: Rounds) {
  const done: Container[] = []
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
        say(`round ${round} of ${rounds}: ${side.name}`)
        const container = await create(side, round)
        done.push(container)
        const values = await oneRound(container, plan)
        for (const [key, some] of Object.entries(values)) (side.samples[key] ??= []).push(...some)
      }
    }
  } finally {
    for (const container of done) await container.remove()
  }
}

async function oneRound(container: Container, round: RoundPlan): Promise<Values> {
  try {
    return await measureRound(container, round)
  } catch (error) {
    say(`the log of ${container.name} ends:\n${await container.log().catch(String)}`)
    throw error
  }
}

/** The probe in one file, and the Node that runs it in either image. */
async function preparePlace(engine: Engine, { base }: Options): Promise<Place> {
  const folder = join(cacheDirectory, 'bench-probe')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  await build({
    entryPoints: [join(repository, 'bench/probe.ts')],
    outfile: join(folder, 'probe.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native', 'pg-cloudflare'],
    logLevel: 'warning',
  })
  copyFileSync(nodeProgram(), join(folder, 'node'))
  const { docker, environment } = engine
  return { docker, environment, probe: folder, patienceMs: base === undefined ? 120_000 : 600_000 }
}

function report(result: Result, { json }: Options): void {
  console.log(`${describe(result, result.sides)}\n\n${tableOf(result)}`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
