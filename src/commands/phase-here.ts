/** The phase of the supervisor of this host. */
import type { Config } from '../config/config.ts'
import { ask } from '../health/client.ts'
import type { PhaseName } from '../health/components.ts'
import type { Snapshot } from '../health/report.ts'

/** @returns undefined where none answers */
export async function phaseHere({ health }: Pick<Config, 'health'>): Promise<PhaseName | undefined> {
  try {
    const { text } = await ask(health, '/status', 'application/json')
    return (JSON.parse(text) as Snapshot).phase
  } catch {
    return undefined
  }
}
