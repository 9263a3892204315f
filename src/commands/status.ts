/** `status`: the snapshot of a running supervisor, human-readable or JSON. `health`: its readiness as an exit code. */
import { SupervisorError } from '../errors.ts'
import { sentenceOf } from '../findings/finding.ts'
import { ask } from '../health/client.ts'
import { forGood, type Snapshot } from '../health/report.ts'
import { seconds } from '../time.ts'
import { previousStopSentence } from '../volume/previous-stop.ts'
import type { CommandContext } from './command.ts'

/** @returns 1 when no supervisor answers */
export async function status({ config, print }: CommandContext, json: boolean): Promise<number> {
  return answered(print, async () => {
    const { text } = await ask(config.health, '/status', 'application/json')
    print(json ? text.trimEnd() : statusText(JSON.parse(text) as Snapshot))
    return 0
  })
}

/** @param component one of the components, or undefined for all */
export async function health(
  { config, print }: CommandContext,
  component: string | undefined,
): Promise<number> {
  const path = component === undefined ? '/readyz' : `/readyz?for=${encodeURIComponent(component)}`
  return answered(print, async () => {
    const reply = await ask(config.health, path, 'text/plain')
    print(reply.text.trimEnd())
    return reply.status === 200 ? 0 : 1
  })
}

/** A supervisor that does not respond is not ready. */
async function answered(print: CommandContext['print'], asked: () => Promise<number>): Promise<number> {
  try {
    return await asked()
  } catch (error) {
    if (!(error instanceof SupervisorError) || error.code !== 'unreachable') throw error
    print(error.message)
    return 1
  }
}

const because = ({ reason }: { readonly reason: string }): string => (reason === '' ? '' : `  ${reason}`)

export function statusText(snapshot: Snapshot): string {
  const components = Object.entries(snapshot.components).flatMap(([name, component]) => [
    `  ${name.padEnd(11)}${component.state.padEnd(9)}${forGood(component)} since ${component.since}${because(component)}`,
    ...(component.entries ?? []).map(
      (entry) => `    ${entry.name}: ${entry.state} at ${entry.at}${because(entry)}`,
    ),
  ])
  const timeline = snapshot.timeline.map(({ ms, event }) => `  ${seconds(ms).padStart(9)}  ${event}`)
  const drift = snapshot.seedDrift.map((file) => `  ${sentenceOf(file)}`)
  const findings = (snapshot.findings ?? []).map((found) => `  ${found.severity}: ${sentenceOf(found)}`)
  const { image } = snapshot
  return [
    `phase: ${snapshot.phase} (started ${snapshot.startedAt})`,
    `versions: ${Object.entries(snapshot.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    ...(image === undefined ? [] : [`image: ${image.family} (${image.chosen}: ${image.reason})`]),
    'components:',
    ...components,
    ...(drift.length === 0 ? [] : ['files in PXF_BASE that differ from the image:', ...drift]),
    ...(findings.length === 0 ? [] : ['findings:', ...findings]),
    `previous stop: ${previousStopSentence(snapshot.previousStop)}`,
    'timeline:',
    ...timeline,
  ].join('\n')
}
