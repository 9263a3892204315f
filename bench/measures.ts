/** Everything that is measured, in the order of the table. */

export interface Measure {
  readonly key: string
  readonly text: string
  readonly unit: 's' | 'ms' | 'MB' | 'rows/s'
  /** Why the plain image has none. */
  readonly plainHasNone?: string
}

const ofAStart = (key: string, start: string): Measure[] => [
  { key: `${key}.livez`, text: `${start} → first answer of /livez`, unit: 's', plainHasNone: 'no probe' },
  { key: `${key}.database`, text: `${start} → a dispatched query is answered`, unit: 's' },
  { key: `${key}.gpdb`, text: `${start} → \`?for=gpdb\``, unit: 's', plainHasNone: 'no probe' },
  { key: `${key}.pxf`, text: `${start} → PXF is UP`, unit: 's' },
  { key: `${key}.all`, text: `${start} → database, extension and PXF`, unit: 's' },
  { key: `${key}.readyz`, text: `${start} → \`/readyz\``, unit: 's', plainHasNone: 'no probe' },
]

export const measures: readonly Measure[] = [
  ...ofAStart('first', 'first start'),
  ...ofAStart('later', 'later start'),
  { key: 'stop', text: 'stop', unit: 's' },
  { key: 'probe.cpu', text: 'one health check, CPU', unit: 'ms', plainHasNone: 'no probe' },
  { key: 'probe.wall', text: 'one health check', unit: 'ms', plainHasNone: 'no probe' },
  { key: 'memory', text: 'supervisor, resident', unit: 'MB', plainHasNone: 'no supervisor' },
  { key: 'pxf.death', text: 'PXF killed → ready', unit: 's', plainHasNone: 'never' },
  { key: 'rows', text: 'rows through PXF', unit: 'rows/s' },
  { key: 'image', text: 'image, compressed', unit: 'MB' },
]
