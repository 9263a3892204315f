/** Moves the servers of an unpacked cluster to their places: all of them, or none. */
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * The coordinator, the first of the paths, is moved last: by it the start script recognizes a cluster.
 * @throws if one cannot be moved; then the others are back where they were
 */
export async function moveServers(paths: readonly string[], from: string, to: string): Promise<void> {
  const [coordinator, ...segments] = paths
  const moved: string[] = []
  try {
    for (const path of [...segments, ...(coordinator === undefined ? [] : [coordinator])]) {
      await rename(join(from, path), join(to, path))
      moved.push(path)
    }
  } catch (error) {
    for (const path of moved.toReversed()) {
      await mkdir(dirname(join(from, path)), { recursive: true })
      await rename(join(to, path), join(from, path))
    }
    throw error
  }
}
