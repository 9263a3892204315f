import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

/** The schemas let fields pass that they do not know; the types of the same package do not. @returns what tsc says */
export function unknownFields(documents: readonly unknown[]): string {
  const repository = join(import.meta.dirname, '../..')
  // Below node_modules, from where the package is found.
  const folder = mkdtempSync(join(repository, 'node_modules/.kubernetes-'))
  try {
    const lines = documents.map((document, index) => {
      const { kind } = z.looseObject({ kind: z.string() }).parse(document)
      return `export const d${index}: I${kind} = ${JSON.stringify(document)}`
    })
    const file = join(folder, 'typed.ts')
    writeFileSync(
      file,
      `import type { IStatefulSet } from 'kubernetes-models/apps/v1'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1'
import type { IService } from 'kubernetes-models/v1'
${lines.join('\n')}
`,
    )
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--ignoreConfig', file]
    const { status, stdout } = spawnSync(join(repository, 'node_modules/.bin/tsc'), options, {
      encoding: 'utf8',
    })
    return status === 0 ? '' : stdout || `tsc ends with ${status}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
