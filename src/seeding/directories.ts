/** The directories that PXF_BASE needs: PXF's own, those of the image, and the parents of its files. */
import { dirname } from 'node:path'

/** As `pxf prepare` creates them. */
const pxfDirectories: ReadonlyMap<string, number> = new Map([
  ['conf', 0o744],
  ['lib', 0o744],
  ['lib/native', 0o744],
  ['servers', 0o744],
  ['servers/default', 0o744],
  ['logs', 0o700],
  ['run', 0o700],
  ['keytabs', 0o700],
])
export const otherMode = 0o755

export const modeOfDirectory = (path: string): number => pxfDirectories.get(path) ?? otherMode

/** Parents first. */
export function directoriesOf(paths: readonly string[], ofImage: readonly string[]): string[] {
  return [...new Set([...pxfDirectories.keys(), ...ofImage, ...paths.flatMap(ancestorsOf)])].toSorted()
}

function ancestorsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === '.' ? [] : [...ancestorsOf(parent), parent]
}
