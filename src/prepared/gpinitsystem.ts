/**
 * What the start script asks of gpinitsystem: its arguments, and the assignments of its configuration file. Only the
 * exact call of the script is understood, and only plain assignments; everything else is left to gpinitsystem. Pure.
 */

/** The configuration file of a call like the start script's, or undefined. The password comes by the environment. */
export function configurationFileOf(words: readonly string[]): string | undefined {
  const [option, file, ...rest] = words
  if (option !== '-ac' || file === undefined || file.startsWith('-')) return undefined
  return rest.every((word) => word === '--ignore-warnings') ? file : undefined
}

export type Assignments = Readonly<Record<string, string>>

/**
 * The assignments of gpinitsystem_config, with the quotes of their values removed. gpinitsystem sources the file as
 * bash, so anything that is not a plain assignment could mean anything.
 * @returns undefined if a line is not understood
 */
export function parseAssignments(text: string): Assignments | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const found = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(?:declare -a )?([A-Za-z_]\w*)=(.*)$/.exec(line))
  if (found.some((match) => match === null || !isPlain(match[2] ?? ''))) return undefined
  return Object.fromEntries(found.map((match) => [match?.[1] ?? '', unquoted(match?.[2] ?? '')]))
}

const isPlain = (value: string): boolean => !/[$`\\;&|<>]/.test(value)

const unquoted = (value: string): string => value.replaceAll(/["']/g, '').trim()

/** The values that an adopted cluster can be given. Of the others all must be as they were. */
const adaptable = /^(DATABASE_NAME|[A-Z]+_HOSTNAME)$/

/** The names of the assignments that differ, apart from the names of host and database. */
export function differences(ours: Assignments, theirs: Assignments): string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
  return names.filter((name) => !adaptable.test(name) && ours[name] !== theirs[name]).toSorted()
}
