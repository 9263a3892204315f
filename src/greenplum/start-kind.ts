/**
 * What kind of start this is: who creates the cluster, or starts the servers of one that exists. It follows from the lines
 * that the start script prints: those of Greenplum's tools, and those by which this program says that it did their work
 * (commands/instead-of.ts). Pure.
 */
import { seconds } from '../time.ts'

export const startKinds = [
  'first-gpinitsystem',
  'first-prepared',
  'later-fast',
  'later-gpstart',
  /** A host without a coordinator, whose servers are started from elsewhere. */
  'segment-host',
] as const
export type StartKind = (typeof startKinds)[number]

export const preparedClusterAdopted = 'prepared cluster: adopted; gpinitsystem is not needed'

export const serversStarted = (servers: number, ms: number): string =>
  `fast start: ${servers} servers started in ${seconds(ms)}`

const isServersStarted = (message: string): boolean => /^fast start: \d+ servers started in /.test(message)

/**
 * @param tool the program that printed the line, if it is one of the tools' lines
 * @returns undefined if the line does not say; the last line that does is right, because the tools do what this program
 * could not
 */
export function startKindAfter(
  isFirst: boolean,
  { tool, message }: { readonly tool: unknown; readonly message: string },
): StartKind | undefined {
  switch (tool) {
    case 'gpinitsystem':
      return isFirst ? 'first-gpinitsystem' : undefined
    case 'gpstart':
      return isFirst ? undefined : 'later-gpstart'
    case 'gp-supervisor':
      if (isFirst) return message === preparedClusterAdopted ? 'first-prepared' : undefined
      return isServersStarted(message) ? 'later-fast' : undefined
    default:
      return undefined
  }
}
