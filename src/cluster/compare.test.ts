import { expect, it } from 'vitest'
import { differences } from './compare.ts'
import { parseDescription, type HostDescription } from './host-description.ts'

const image: HostDescription = {
  supervisor: '0.1.0',
  greenplum: '6.24.3 build commit:25d3498a',
  pxf: '6.10.1',
  term: 1,
  coordinator: 'none',
  files: {
    '/opt/pxf-seed/servers/a/jdbc-site.xml': 'aa',
    '/opt/gp-seed/sql/10-a.sql': 'bb',
    '/lib/p.so': 'cc',
  },
}

it('hosts of the same image are alike', () => {
  expect(differences(image, { ...image })).toEqual([])
})

it('names versions, then libraries, then other files, and counts the rest', () => {
  const other = { ...image, greenplum: '6.27.1 build dev', supervisor: '0.0.9' }
  expect(differences(image, other)).toEqual([
    'it has Greenplum 6.27.1 build dev, and the coordinator 6.24.3 build commit:25d3498a',
    'it has gp-supervisor 0.0.9, and the coordinator 0.1.0',
  ])
  expect(
    differences(image, { ...image, files: { '/opt/gp-seed/sql/10-a.sql': 'xx', '/opt/new': 'dd' } }),
  ).toEqual([
    'it lacks /lib/p.so',
    'its /opt/gp-seed/sql/10-a.sql is another',
    'only it has /opt/new',
    '1 more files differ',
  ])
})

it('reads what a host says of itself, and nothing else', () => {
  const line = JSON.stringify(image)
  expect(parseDescription(`Warning: Permanently added 'two' to the list of known hosts.\n${line}`)).toEqual(
    image,
  )
  for (const text of ['', 'bash: gp-supervisor: command not found', '{}', `{"supervisor":1}`, `${line}}`])
    expect(parseDescription(text)).toBeUndefined()
})
