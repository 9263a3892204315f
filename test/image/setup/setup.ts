/** Brings engine and images once for all scenarios; vitest calls it before the first and after the last. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bringEngine, type Engine, type EngineAccess } from './engine.ts'
import { SetupMissing, cacheDirectory, run, say } from './host.ts'
import { claimedTags, giveNamesBack, prepareImages } from './images.ts'
import { makeServersVolume, removeServersVolume } from './servers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** undefined where the tests cannot run and need not (IMAGE_TESTS=optional). */
    readonly engine: EngineAccess | undefined
  }
}

let engine: Engine | undefined

export async function setup(project: TestProject): Promise<void> {
  try {
    engine = await bringEngine(claimedTags)
    await prepareImages(engine)
    await engine.use('for-testing')
    if (engine.own) await removeLeftovers(engine)
    await makeServersVolume(engine)
    project.provide('engine', { docker: engine.docker, environment: engine.environment })
  } catch (error) {
    await engine?.stop()
    if (!(error instanceof SetupMissing)) throw error
    if (process.env['IMAGE_TESTS'] !== 'optional') {
      say(`the container tests cannot run (IMAGE_TESTS=optional leaves them out): ${error.message}`)
      // What is missing is the last that is said; vitest would print its own stack behind it.
      process.exit(1)
    }
    say(`the container tests are left out: ${error.message}`)
    project.provide('engine', undefined)
  }
}

/** A run that was cut off leaves its stands, which the engine starts again. Nobody else has containers in our own. */
async function removeLeftovers({ docker, environment }: EngineAccess): Promise<void> {
  const left = await run(docker, ['ps', '--all', '--quiet', '--filter', 'name=^gpimage'], { environment })
  if (left !== '') await run(docker, ['rm', '--force', '--volumes', ...left.split('\n')], { environment })
}

export async function teardown(): Promise<void> {
  rmSync(join(cacheDirectory, 'overrides'), { recursive: true, force: true })
  if (engine !== undefined) {
    await removeServersVolume(engine)
    await giveNamesBack(engine)
  }
  await engine?.stop()
}
