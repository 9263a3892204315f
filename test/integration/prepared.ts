/** A prepared cluster for rigs: packed once, and given to any of them as if it had been made there. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, kill } from 'node:process'
import { decodeHead, encodeHead } from '../../src/prepared/archive.ts'
import type { Manifest } from '../../src/prepared/manifest.ts'
import { createRig, type Rig } from './rig.ts'

export interface Packed {
  readonly bytes: Buffer
  readonly root: string
  readonly port: number
}

/** The name of the host on which it is made. */
export const builder = 'builder-of-images'

/** A first start with gpinitsystem, a stop, and `pack`. */
export async function packCluster(): Promise<Packed> {
  const rig = await createRig()
  const run = rig.start({ PATH: `${withHostName(rig, builder)}:${env['PATH']}` })
  await run.answers('/readyz')
  const code = await run.stop()
  if (code !== 0) throw new Error(`the cluster to pack was not shut down: exit code ${code}`)
  const bytes = await pack(rig)
  return { bytes, root: rig.standIn.root, port: rig.standIn.ports.coordinator }
}

/** @returns a folder with a `hostname` that answers this */
function withHostName({ standIn: { layout } }: Rig, name: string): string {
  const folder = join(layout.state, 'named')
  mkdirSync(folder)
  const script = `#!/bin/sh\n[ $# = 0 ] && exec echo ${name}\nPATH="\${PATH#*:}" exec hostname "$@"\n`
  writeFileSync(join(folder, 'hostname'), script, { mode: 0o755 })
  return folder
}

export async function pack(rig: Rig): Promise<Buffer> {
  const file = join(rig.standIn.layout.state, 'packed.tar.zst')
  const packing = rig.start({ GREENPLUM_PASSWORD: undefined }, { args: ['pack', '--output', file] })
  if ((await packing.exited) !== 0) throw new Error(packing.text())
  const bytes = readFileSync(file)
  rmSync(file)
  return bytes
}

/**
 * The same archive with the folder and the port of another rig in its manifest. In an image they are always the same;
 * the stand-in's servers know neither.
 */
export function archiveFor(
  { standIn: { layout, ports, root } }: Rig,
  packed: Packed,
  change: (manifest: Manifest) => Manifest = (manifest) => manifest,
): string {
  const { manifest, bytes: headBytes } = decodeHead(packed.bytes)
  const text = JSON.stringify(manifest)
    .replaceAll(packed.root, root)
    .replaceAll(`"${packed.port}"`, `"${ports.coordinator}"`)
  const head = encodeHead(change(JSON.parse(text) as Manifest))
  const file = join(layout.state, 'cluster.tar.zst')
  writeFileSync(file, Buffer.concat([head, packed.bytes.subarray(headBytes)]))
  return file
}

/** Kills every process of a rig, as the end of a container does. */
export function killAll(root: string): void {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      if (words.includes(root) || readlinkSync(`/proc/${entry}/cwd`).startsWith(root))
        kill(Number(entry), 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
}
