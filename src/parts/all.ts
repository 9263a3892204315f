/** The parts, in the order of their preparation and of each round. To add one, add its folder and a line here. */
import type { Config } from '../config/config.ts'
import type { Components } from '../health/components.ts'
import type { Counters } from '../health/metrics.ts'
import { cluster } from './cluster/part.ts'
import { data } from './data/part.ts'
import { extensions } from './extensions/part.ts'
import { gpdb } from './gpdb/part.ts'
import { hba } from './hba/part.ts'
import type { Part } from './part.ts'
import { protocols } from './protocols/part.ts'
import { pxf } from './pxf/part.ts'
import { seed } from './seed/part.ts'
import { sql } from './sql/part.ts'

export const allParts: readonly Part[] = [gpdb, cluster, hba, extensions, protocols, sql, seed, pxf, data]

export const partNames: readonly string[] = allParts.map(({ name }) => name)

/** The counters of all parts. */
export const countersOf = (parts: readonly Part[]): Counters =>
  Object.fromEntries(parts.flatMap(({ counters = {} }) => Object.entries(counters)))

/** The initial state of each part. */
export const initialComponents = (
  config: Config,
  now: string,
  parts: readonly Part[] = allParts,
): Components =>
  Object.fromEntries(
    parts.map(({ name, begins }) => [name, { ...begins(config), since: now, attempts: 0 }] as const),
  )
