/**
 * The ground on which all rigs stand, laid once for all files: a folder, in memory where there is enough of it, with
 * the programs that they share and the servers that initdb has made. Each rig makes and deletes thousands of small
 * files, which costs more on a disk than all that its servers do.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { putFile } from '../../stand-in/files.ts'
import { nodeProgram } from '../../stand-in/node-program.ts'
import { copyPostgres, embeddedPostgres } from '../../stand-in/postgres.ts'

export interface Ground {
  readonly folder: string
  readonly node: string
  readonly postgres: string
  readonly servers: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly ground: Ground
  }
}

const inMemory = '/dev/shm'
/** The rigs of one run take a fraction of it. */
const enoughBytes = 4 * 1024 ** 3

export function setup(project: TestProject): () => void {
  const ground = (hasRoom() ? layGround(inMemory) : undefined) ?? layGround(tmpdir())
  if (ground === undefined) throw new Error(`no program can be run from ${tmpdir()}: set TMPDIR`)
  project.provide('ground', ground)
  return () => remove(ground.folder)
}

function hasRoom(): boolean {
  if (!existsSync(inMemory)) return false
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize >= enoughBytes && process.availableMemory() >= 2 * enoughBytes
}

/** @returns undefined where programs may not be run, as containers have it in their /dev/shm */
function layGround(parent: string): Ground | undefined {
  const folder = mkdtempSync(join(parent, 'rigs-'))
  const at = (name: string) => join(folder, name)
  const ground = { folder, node: at('node'), postgres: at('postgres'), servers: at('servers') }
  putFile(nodeProgram(), ground.node)
  try {
    execFileSync(ground.node, ['--version'])
  } catch {
    remove(folder)
    return undefined
  }
  copyPostgres(embeddedPostgres(), ground.postgres)
  mkdirSync(ground.servers)
  // Under root the stand-in runs as somebody else.
  chmodSync(folder, 0o755)
  chmodSync(ground.servers, 0o777)
  return ground
}

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })
