/** The Node that runs the supervisor and the stand-in's own programs: the one that the project brings along. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

const repository = dirname(dirname(fileURLToPath(import.meta.url)))

/** Never the system's own, if the project's is there: it may be too old to run .ts. */
export function nodeProgram(): string {
  const own = join(repository, 'node_modules/node/bin/node')
  return existsSync(own) ? own : execPath
}

/** The supervisor, as `npm run build` makes it. */
export const bundleFile = join(repository, 'dist/gp-supervisor.cjs')
