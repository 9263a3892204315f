import { expect, it } from 'vitest'
import { differences } from './compare.ts'
import { runTool } from '../children/tool.ts'
import { describedLines, parseDescription, parseRole, type HostDescription } from './host-description.ts'

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

it('reads what a host says of itself, however much it is, and nothing else', async () => {
  const read = (lines: readonly string[]) =>
    parseDescription(['Warning: a line of ssh', ...lines, ''].join('\n'))
  expect(read(describedLines(image))).toEqual(image)
  const files = Object.fromEntries(
    Array.from({ length: 80 }, (_, index) => [
      `/opt/pxf-seed/servers/a-long-name-${index}/jdbc-site.xml`,
      '0123456789abcdef',
    ]),
  )
  const lines = describedLines({ ...image, files })
  // As it comes from a tool, whose lines are cut when they are too long.
  const { output } = await runTool({
    command: process.execPath,
    arguments: ['-e', 'console.log(process.argv.slice(1).join("\\n"))', ...lines],
    environment: {},
    timeoutMs: 10_000,
  })
  expect(parseDescription(output)?.files).toEqual(files)
  expect(parseRole(output)).toMatchObject({ term: 1, coordinator: 'none' })
  // Cut off, it says nothing of the files, and still which host it is.
  expect(read(lines.slice(0, -1))).toBeUndefined()
  expect(parseRole(lines[0] ?? '')).toEqual({ term: 1, coordinator: 'none' })
  for (const text of ['', 'bash: gp-supervisor: command not found', '{}', '{"supervisor":1}'])
    expect([parseDescription(text), parseRole(text)]).toEqual([undefined, undefined])
})
