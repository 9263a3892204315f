/** What has another version than in the run before. An upgrade within a release needs nothing else. Pure. */
import { finding, type Finding } from '../findings/finding.ts'
import type { Run } from './run.ts'

/** In the order in which they are told. The runtime comes with the program. */
const told: readonly (readonly [key: string, name: string])[] = [
  ['greenplum', 'Greenplum'],
  ['pxfService', 'PXF'],
  ['supervisor', 'gp-supervisor'],
]

/** @param earlier the oldest first */
export function changedVersions({ versions }: Run, earlier: readonly Run[]): Finding | undefined {
  const changes = told.flatMap(([key, name]) => {
    const now = versions[key]
    const before = earlier.findLast((run) => run.versions[key] !== undefined)?.versions[key]
    return now === undefined || before === undefined || now === before ? [] : [{ name, now, before }]
  })
  if (changes.length === 0) return undefined
  const isOlder = changes.some(({ now, before }) => compare(now, before) < 0)
  return finding('start.versions', {
    severity: isOlder ? 'warning' : 'note',
    text: `other versions than in the run before: ${changes.map(({ name, now, before }) => `${name} ${now} (was ${before})`).join(', ')}`,
    fix: isOlder
      ? 'what a newer version has written may not be understood; if this is not on purpose, go back to the newer image'
      : 'nothing needs to be done',
  })
}

const numbersOf = (version: string): number[] =>
  (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)

function compare(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)]
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
