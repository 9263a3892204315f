/**
 * Owns one line of `conf/pxf-env.sh`: the heap size of PXF's JVM. The file is sourced and overrides the environment, and
 * without the line PXF uses 2 GB. A file that already assigns PXF_JVM_OPTS is left unchanged.
 */

export const pxfEnvPath = 'conf/pxf-env.sh'

/** Any assignment outside a comment: plain, exported, `+=`, or `${PXF_JVM_OPTS:=…}`. */
const assignment = /^[^#\n]*(?<![\w$])PXF_JVM_OPTS[:+]?=/m

/** The file with `export PXF_JVM_OPTS="…"` as its last line, unless it already assigns the variable. */
export function withJvmOptions(content: Uint8Array, options: string): Buffer {
  const text = Buffer.from(content).toString('latin1')
  if (assignment.test(text)) return Buffer.from(content)
  const line = `export PXF_JVM_OPTS="${options.replace(/[\\"$`]/g, '\\$&').replace(/\s+/g, ' ')}"\n`
  return Buffer.concat([content, Buffer.from(gapBefore(text) + line)])
}

/** Ends an unterminated last line. A trailing backslash would otherwise absorb the added line. */
function gapBefore(text: string): string {
  const end = text === '' || text.endsWith('\n') ? '' : '\n'
  return /\\\n?$/.test(text) ? `${end}\n` : end
}
