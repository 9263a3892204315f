import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { judgeConfiguration, loadLeniently } from './configuration.ts'

const load = (
  environment: Record<string, string>,
  readFile: (path: string) => string = () => 'from a file\n',
) => loadLeniently({ environment, hostname: 'gpdbsne', readFile })

describe('a configuration', () => {
  it('without faults is as the supervisor has it', () => {
    const { config, faults } = load({ GREENPLUM_PASSWORD: 'x', PXF_PORT: '6000' })
    expect([config.pxf.port, config.greenplum.password, faults]).toEqual([6000, 'x', []])
  })

  it('with faults keeps what can be used, and takes defaults for the rest', () => {
    const { config, faults } = load({
      GREENPLUM_PASSWORD: 'x',
      GREENPLUM_DATA_DIRECTORY: '/other',
      PXF_PORT: 'many',
      PXF_SEED_OVERWITE: '1',
    })
    expect(faults.map(({ text }) => text)).toEqual([
      'PXF_PORT is "many"; allowed: a port number, 1 to 65535',
      'PXF_SEED_OVERWITE is not a variable of this image; did you mean PXF_SEED_OVERWRITE?',
    ])
    expect([config.greenplum.dataDirectory, config.pxf.port, config.greenplum.password]).toEqual([
      '/other',
      5888,
      'x',
    ])
  })

  it.each([
    ['that is missing', {}],
    ['that is given twice', { GREENPLUM_PASSWORD: 'x', GREENPLUM_PASSWORD_FILE: '/f' }],
    ['whose file cannot be read', { GREENPLUM_PASSWORD_FILE: '/f' }],
  ])('with a password %s goes on without one', (_, password: Record<string, string>) => {
    const { config, faults } = load({ ...password, PXF_PORT: '6000' }, () => {
      throw new Error('no such file')
    })
    expect(faults).toHaveLength(1)
    expect([config.greenplum.password, config.pxf.port]).toEqual([undefined, 6000])
  })

  it.each([
    ['an empty password file', { GREENPLUM_PASSWORD_FILE: '/f' }, undefined],
    ['two listeners on one port', { GREENPLUM_PASSWORD: 'x', HEALTH_PORT: '5888' }, 'x'],
  ])('with %s goes on with the defaults', (_, environment: Record<string, string>, password) => {
    const { config, faults } = load({ ...environment, GREENPLUM_DATA_DIRECTORY: '/other' }, () => '\n')
    expect(faults).toHaveLength(1)
    expect(config.greenplum).toMatchObject({ dataDirectory: '/other', password })
    expect([config.pxf.port, config.health.port]).toEqual([5888, 8008])
  })

  it('is judged fault by fault', () => {
    expect(
      judgeConfiguration(
        [
          { text: 'A is 1; allowed: 2', variables: ['A'] },
          { text: 'B', variables: [] },
        ],
        advice,
      ),
    ).toMatchObject({
      findings: [
        { severity: 'error', text: 'A is 1; allowed: 2', where: 'A' },
        { severity: 'error', text: 'B' },
      ],
    })
  })
})
