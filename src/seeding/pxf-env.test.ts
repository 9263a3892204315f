import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { withJvmOptions } from './pxf-env.ts'

const options = '-Xmx512m -Xms256m'
const line = 'export PXF_JVM_OPTS="-Xmx512m -Xms256m"\n'
const amended = (text: string, value = options) => withJvmOptions(Buffer.from(text), value).toString()

describe('withJvmOptions', () => {
  it.each([
    ['an empty file', '', line],
    [
      'a file with the template’s comment',
      '# export PXF_JVM_OPTS="-Xmx2g"\n',
      `# export PXF_JVM_OPTS="-Xmx2g"\n${line}`,
    ],
    ['a last line without its end', 'A=1', `A=1\n${line}`],
    ['a last line that asks for more', 'A=1 \\\n', `A=1 \\\n\n${line}`],
    ['the same without its end', 'A=1 \\', `A=1 \\\n\n${line}`],
    ['another variable', 'MY_PXF_JVM_OPTS=1\n', `MY_PXF_JVM_OPTS=1\n${line}`],
    ['a mere use', 'echo "$PXF_JVM_OPTS"\n', `echo "$PXF_JVM_OPTS"\n${line}`],
  ])('adds the line to %s', (_, text, expected) => {
    expect(amended(text)).toBe(expected)
    expect(amended(expected)).toBe(expected)
  })

  it.each([
    'export PXF_JVM_OPTS="-Xmx2g -Xms1g"\n',
    'PXF_JVM_OPTS=-Xmx1g',
    '  export  PXF_JVM_OPTS=\n# end\n',
    'A=1; export PXF_JVM_OPTS=-Xmx1g\n',
    'PXF_JVM_OPTS+=" -Dx=y"\n',
    'export JAVA_HOME=/j PXF_JVM_OPTS=-Xmx1g\r\n',
    ': "${PXF_JVM_OPTS:=-Xmx1g}"\n',
  ])('leaves alone a file that assigns it: %j', (text) => {
    expect(amended(text)).toBe(text)
  })

  it('keeps bytes that are no UTF-8', () => {
    const before = Buffer.from([0x23, 0xff, 0x0a])
    expect(withJvmOptions(before, options).subarray(0, 3).equals(before)).toBe(true)
  })

  it('writes a value that the shell reads back unchanged', () => {
    const value = '-Da="b c" -Dd=$HOME -De=`id` -Df=\\n'
    const script = `${amended('A=1 \\', value)}printf %s "$PXF_JVM_OPTS"`
    expect(execFileSync('bash', ['-c', script]).toString()).toBe(value)
  })
})
