/**
 * Owns one line of `conf/pxf-env.sh`: the heap of PXF's JVM. The file is sourced and beats the environment, and
 * without the line PXF takes 2 GB. Where the user assigns PXF_JVM_OPTS, nothing is touched.
 */

export const pxfEnvPath = 'conf/pxf-env.sh'

/** Any assignment that is no comment: plain, exported, `+=`, or `${PXF_JVM_OPTS:=…}`. */
const assignment = /^[^#\n]*(?<![\w$])PXF_JVM_OPTS[:+]?=/m

/** The file with `export PXF_JVM_OPTS="…"` as its last line, unless it assigns the variable already. */
export function withJvmOptions(content: Uint8Array, options: string): Buffer {
  const text = Buffer.from(content).toString('latin1')
  if (assignment.test(text)) return Buffer.from(content)
  const line = `export PXF_JVM_OPTS="${options.replace(/[\\"$`]/g, '\\$&').replace(/\s+/g, ' ')}"\n`
  return Buffer.concat([content, Buffer.from(gapBefore(text) + line)])
}

/** A last line without its end gets one; one that ends in a backslash would swallow ours. */
function gapBefore(text: string): string {
  const end = text === '' || text.endsWith('\n') ? '' : '\n'
  return /\\\n?$/.test(text) ? `${end}\n` : end
}
