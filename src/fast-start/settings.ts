/** Reads single settings from the text of a postgresql.conf. Pure. */

/**
 * The last assignment of each name counts, as in the server. Names are case-insensitive, the equals sign is optional.
 * Files that an `include` names are not followed.
 */
export function parseSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, quoted, plain] = assignment.exec(line) ?? []
    if (name !== undefined) settings.set(name.toLowerCase(), quoted?.replaceAll("''", "'") ?? plain ?? '')
  }
  return settings
}

const assignment = /^\s*([A-Za-z_][\w.]*)(?:\s*=\s*|\s+)(?:'((?:[^']|'')*)'|([^\s#']+))/

/** The files that the text includes, without the one with the server's own id, which every server has. */
export const includedFiles = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*include(?:_dir|_if_exists)?\s*=?\s*'?([^'#\s]+)/i.exec(line)?.[1] ?? [])
    .filter((file) => file !== ownIdFile)

/** Written by the tools, with `gp_dbid`. */
export const ownIdFile = 'internal.auto.conf'

/** @returns undefined if the setting is missing or is no whole number */
export function wholeNumber(settings: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = settings.get(name)
  return value !== undefined && /^-?\d+$/.test(value) ? Number(value) : undefined
}
