import { expect, it } from 'vitest'
import { differenceTo, type CatalogRow } from './catalog.ts'

const row = (content: number, more: Partial<CatalogRow> = {}): CatalogRow => ({
  dbid: content + 2,
  content,
  role: 'p',
  status: 'u',
  port: 6000 + content,
  datadir: `/data/gpseg${content}`,
  ...more,
})
const started = [row(-1), row(0)]

it('the catalog has to name exactly the servers that were started, each a primary that is up', () => {
  expect(differenceTo([row(0), row(-1)], started)).toBeUndefined()
  expect(differenceTo([...started, row(1)], started)).toBe(
    'the catalog has /data/gpseg-1 (dbid 1, content -1, port 5999), /data/gpseg0 (dbid 2, content 0, port 6000), /data/gpseg1 (dbid 3, content 1, port 6001); started were /data/gpseg-1 (dbid 1, content -1, port 5999), /data/gpseg0 (dbid 2, content 0, port 6000)',
  )
  expect(differenceTo([row(-1), row(0, { port: 7000 })], started)).toContain('port 7000')
  expect(differenceTo([row(-1), row(0, { status: 'd' })], started)).toBe(
    'the catalog has the server in /data/gpseg0 as down',
  )
  expect(differenceTo([...started, row(0, { role: 'm', datadir: '/m' })], started)).toBe(
    'the catalog has a mirror or a standby in /m',
  )
})
