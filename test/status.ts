/** What `/status` answers, with the parts that the tests look at by name. */
import type { ComponentStatus } from '../src/health/components.ts'
import type { Snapshot } from '../src/health/report.ts'

type PartName = 'gpdb' | 'cluster' | 'hba' | 'extensions' | 'protocols' | 'sql' | 'seed' | 'pxf' | 'data'

export type Status = Snapshot & { readonly components: Readonly<Record<PartName, ComponentStatus>> }
