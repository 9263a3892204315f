/**
 * Every finding by its id: what it means, its severities, who reports it, and the general fix.
 * `docs/reference/findings.md` is generated from it. An id that is not listed here does not compile.
 */
import { dataFindings } from './catalogue/data.ts'
import { databaseFindings } from './catalogue/database.ts'
import type { Entry } from './catalogue/entry.ts'
import { jdbcFindings } from './catalogue/jdbc.ts'
import { placeFindings } from './catalogue/place.ts'
import { pxfFindings, seedFindings, tableFindings } from './catalogue/pxf.ts'
import { configurationFindings, supervisorFindings } from './catalogue/supervisor.ts'
import { volumeFindings } from './catalogue/volume.ts'

/** In the order in which the doctor prints them: causes come before their consequences. */
export const topics = {
  configuration: configurationFindings,
  supervisor: supervisorFindings,
  volume: volumeFindings,
  place: placeFindings,
  database: databaseFindings,
  pxf: pxfFindings,
  seeds: seedFindings,
  jdbc: jdbcFindings,
  tables: tableFindings,
  data: dataFindings,
} as const

export type Topic = keyof typeof topics
export const topicNames = Object.keys(topics) as readonly Topic[]

const catalogue = {
  ...configurationFindings,
  ...supervisorFindings,
  ...volumeFindings,
  ...placeFindings,
  ...databaseFindings,
  ...pxfFindings,
  ...seedFindings,
  ...jdbcFindings,
  ...tableFindings,
  ...dataFindings,
} as const

export type FindingId = keyof typeof catalogue
export type SeverityOf<Id extends FindingId> = (typeof catalogue)[Id]['severities'][number]

export const entryOf = (id: FindingId): Entry => catalogue[id]

const topicsById = new Map(
  topicNames.flatMap((topic) => Object.keys(topics[topic]).map((id) => [id, topic] as const)),
)

export const topicOf = (id: FindingId): Topic => topicsById.get(id) ?? 'supervisor'
