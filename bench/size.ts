/** How large the images are to whoever pulls them: each layer compressed with gzip, as a registry has it. */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import type { EngineAccess } from '../test/image/setup/engine.ts'
import { run } from '../test/image/setup/host.ts'

/** @returns megabytes of the base, and of the image over it */
export async function imageSizes(
  { docker, environment }: EngineAccess,
  { base, image, folder }: { readonly base: string; readonly image: string; readonly folder: string },
): Promise<{ readonly base: number; readonly image: number }> {
  const format = '{{ json .RootFS.Layers }}'
  const list = await run(docker, ['image', 'inspect', '--format', format, base], { environment })
  const below = (JSON.parse(list) as string[]).length
  const file = join(folder, 'image.tar')
  try {
    await run(docker, ['save', '--output', file, image], { environment })
    const [manifest] = JSON.parse(await run('tar', ['-xOf', file, 'manifest.json'])) as { Layers: string[] }[]
    const sizes: number[] = []
    for (const layer of manifest?.Layers ?? []) sizes.push(await compressedSize(file, layer))
    const sum = (some: readonly number[]) => some.reduce((total, size) => total + size, 0) / 1e6
    return { base: sum(sizes.slice(0, below)), image: sum(sizes) }
  } finally {
    rmSync(file, { force: true })
  }
}

async function compressedSize(file: string, layer: string): Promise<number> {
  const child = spawn('tar', ['-xOf', file, layer], { stdio: ['ignore', 'pipe', 'inherit'] })
  let size = 0
  for await (const chunk of child.stdout.pipe(createGzip({ level: 6 }))) size += (chunk as Buffer).length
  return size
}
