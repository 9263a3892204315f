/** A folder for the servers that initdb has made, from which all rigs copy; vitest makes it once for all files. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly servers: string
  }
}

export function setup(project: TestProject): () => void {
  const servers = mkdtempSync(join(tmpdir(), 'servers-'))
  // Under root the stand-in runs as somebody else.
  chmodSync(servers, 0o777)
  project.provide('servers', servers)
  return () => rmSync(servers, { recursive: true, force: true })
}
