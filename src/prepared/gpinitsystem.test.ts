import { describe, expect, it } from 'vitest'
import { configurationFileOf, differences, parseAssignments } from './gpinitsystem.ts'

const ofTheScript = `ARRAY_NAME="Greenplum in docker"
DATABASE_NAME=gp_dwh
SEG_PREFIX=gpseg
MASTER_HOSTNAME=gpdbsne
MASTER_DIRECTORY=/data/master

# a comment
declare -a DATA_DIRECTORY=(/data/00/primary /data/01/primary)
`

describe('a call of gpinitsystem', () => {
  it('is understood in the form of the start script, without the password', () => {
    expect(configurationFileOf(['-ac', '/data/c', '--ignore-warnings'])).toBe('/data/c')
    expect(configurationFileOf(['-ac', '/data/c'])).toBe('/data/c')
  })

  it('is left to the tool in any other form', () => {
    for (const words of [
      [],
      ['-ac'],
      ['--version'],
      ['-c', '/data/c'],
      ['-ac', '-x'],
      ['-ac', '/data/c', '-s', 'standby'],
    ])
      expect(configurationFileOf(words)).toBeUndefined()
  })
})

describe('its configuration file', () => {
  it('is read with the quotes of values removed', () => {
    expect(parseAssignments(ofTheScript)).toEqual({
      ARRAY_NAME: 'Greenplum in docker',
      DATABASE_NAME: 'gp_dwh',
      SEG_PREFIX: 'gpseg',
      MASTER_HOSTNAME: 'gpdbsne',
      MASTER_DIRECTORY: '/data/master',
      DATA_DIRECTORY: '(/data/00/primary /data/01/primary)',
    })
  })

  it('is not understood where bash would do more than assign', () => {
    for (const line of [
      'source /tmp/more',
      'A=$(hostname)',
      'A=`hostname`',
      'A=1; B=2',
      'A=$B',
      'if true',
      String.raw`A=a\ b`,
    ])
      expect([line, parseAssignments(`${ofTheScript}${line}\n`)]).toEqual([line, undefined])
  })

  it('may differ in the names of host and database only', () => {
    const ours = parseAssignments(ofTheScript) ?? {}
    expect(differences(ours, { ...ours, DATABASE_NAME: 'x', MASTER_HOSTNAME: 'y' })).toEqual([])
    expect(differences(ours, { ...ours, HEAP_CHECKSUM: 'off', SEG_PREFIX: 'x' })).toEqual([
      'HEAP_CHECKSUM',
      'SEG_PREFIX',
    ])
    const { ARRAY_NAME: _, ...fewer } = ours
    expect(differences(ours, fewer)).toEqual(['ARRAY_NAME'])
  })
})
