import { describe, expect, it } from 'vitest'
import { belongs, refusalOf, type Entry } from './contents.ts'

const wal = { file: '000000010000000000000003', segmentBytes: 1024, blockBytes: 64, offset: 0 }
const file = (path: string): Entry => ({ path, kind: 'file' })
const folder = (path: string): Entry => ({ path, kind: 'directory' })
const isKept = (entry: Entry) => belongs(entry, wal, { logFolder: 'pg_log', catalogDump: 'gpsegconfig_dump' })

describe('an archive', () => {
  it('has the data, the settings and the folders that a server expects', () => {
    const kept = [
      file('PG_VERSION'),
      file('global/pg_control'),
      file('base/1/1247'),
      file('postgresql.conf'),
      file('internal.auto.conf'),
      file('pg_distributedlog/0000'),
      folder('pg_log'),
      folder('pg_stat_tmp'),
      folder('pg_tblspc'),
      folder('pg_xlog'),
      folder('pg_xlog/archive_status'),
      file('gpperfmon/conf/gpperfmon.conf'),
    ]
    expect(kept.filter((entry) => !isKept(entry))).toEqual([])
  })

  it('has neither what names the building host nor what a server makes again', () => {
    const left = [
      'postmaster.pid',
      'postmaster.opts',
      'gpsegconfig_dump',
      'pg_log/gpdb-2026-01-01_000000.csv',
      'pg_log/startup.log',
      'pg_log/gp_era',
      'pg_stat_tmp/global.stat',
      'base/pgsql_tmp/pgsql_tmp1',
      'base/1/pg_internal.init',
      'pg_xlog/archive_status/000000010000000000000002.done',
    ]
    expect(left.filter((path) => isKept(file(path)))).toEqual([])
  })

  it('has the WAL of the last checkpoint only, and the history of timelines', () => {
    for (const waldir of ['pg_xlog', 'pg_wal']) {
      expect(isKept(file(`${waldir}/${wal.file}`))).toBe(true)
      expect(isKept(file(`${waldir}/00000002.history`))).toBe(true)
      expect(isKept(file(`${waldir}/000000010000000000000002`))).toBe(false)
      expect(isKept(file(`${waldir}/000000010000000000000004`))).toBe(false)
    }
  })
})

describe('a server', () => {
  it('can be packed as gpinitsystem leaves it', () => {
    expect(
      refusalOf([folder('pg_tblspc'), folder('pg_replslot'), folder('pg_twophase'), file('PG_VERSION')]),
    ).toBeUndefined()
  })

  it('cannot be packed where a part of it is elsewhere, or where it is no plain primary', () => {
    expect(refusalOf([folder('pg_tblspc'), { path: 'pg_tblspc/16385', kind: 'other' }])).toContain(
      'it has tablespaces',
    )
    expect(refusalOf([folder('pg_replslot/internal_wal_replication_slot')])).toContain('replication slots')
    expect(refusalOf([file('pg_twophase/0000')])).toContain('prepared transactions')
    for (const name of ['recovery.conf', 'standby.signal', 'recovery.signal', 'backup_label'])
      expect(refusalOf([file(name)])).toContain(`it has ${name}`)
    expect(refusalOf([{ path: 'base/1', kind: 'other' }])).toBe('base/1 is neither a file nor a folder')
  })
})
