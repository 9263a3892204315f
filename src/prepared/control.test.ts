import { expect, it } from 'vitest'
import { parseControl } from './control.ts'
import { mayContinue, pagesToKeep } from './wal.ts'

const output = `pg_control version number:            9420600
Catalog version number:               301908232
Database system identifier:           7712491346351670404
Database cluster state:               shut down
Latest checkpoint location:           2/5DEAC48
Prior checkpoint location:            2/5DEA970
Latest checkpoint's REDO location:    2/5DEAC48
Latest checkpoint's REDO WAL file:    000000010000000200000001
WAL block size:                       32768
Bytes per WAL segment:                67108864
Data page checksum version:           1
`

it('pg_controldata says what a copy depends on', () => {
  expect(parseControl(output)).toEqual({
    state: 'shut down',
    catalogVersion: '301908232',
    systemIdentifier: '7712491346351670404',
    checksums: '1',
    wal: {
      file: '000000010000000200000001',
      segmentBytes: 67_108_864,
      blockBytes: 32_768,
      offset: 0x1d_ea_c4_8,
    },
  })
})

it('output that lacks one of the facts is not understood', () => {
  for (const line of output
    .split('\n')
    .filter((text) => /^(Cat|Database|Latest checkpoint( loc|.s REDO WAL)|WAL|Bytes)/.test(text)))
    expect([line, parseControl(output.replace(line, ''))]).toEqual([line, undefined])
})

it('the pages to keep are the first, and those of the checkpoint', () => {
  const of = (offset: number) => ({ file: 'x', segmentBytes: 1000, blockBytes: 100, offset })
  expect(pagesToKeep(of(0))).toEqual([{ from: 0, to: 200 }])
  expect(pagesToKeep(of(450))).toEqual([
    { from: 0, to: 100 },
    { from: 400, to: 600 },
  ])
  expect(pagesToKeep(of(950))).toEqual([
    { from: 0, to: 100 },
    { from: 900, to: 1000 },
  ])
  expect([mayContinue(of(850)), mayContinue(of(950))]).toEqual([false, true])
})
