/**
 * Resolves paths below PXF_BASE. Links are followed as long as they stay inside, and every obstacle is reported. Users
 * can change this volume, so the program must never write through a link that leads out of it.
 */
import type { Stats } from 'node:fs'
import { lstat, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { currentUid, fixFor } from '../atomic-file.ts'
import { errnoOf, reasonOf } from '../errors.ts'

export type Located =
  | { readonly fault: string }
  /** `stats` describe the target, not a link to it; undefined if nothing exists there. */
  | { readonly target: string; readonly stats?: Stats }

/** PXF_BASE with links resolved. It may be a link, and need not exist yet. */
export async function locateBase(pxfBase: string): Promise<Located> {
  try {
    const target = await realpath(pxfBase)
    const stats = await stat(target)
    if (stats.isDirectory()) return (await foreignLink(pxfBase, target, stats)) ?? { target, stats }
    return { fault: `PXF_BASE is ${pxfBase}, which is not a directory; move it away` }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      return { fault: `PXF_BASE is ${pxfBase}: ${(await fixFor(error, pxfBase)) ?? reasonOf(error)}` }
    }
  }
  const existing = await existingPart(pxfBase)
  const dangling = await danglingLink(existing, pxfBase)
  if (dangling !== undefined) return { fault: `PXF_BASE is ${pxfBase}, and ${dangling}` }
  return { target: join(await realpath(existing), pxfBase.slice(existing.length)) }
}

/** Does not advise changing the owner of the target: the link may lead anywhere, such as to /etc. */
async function foreignLink(
  pxfBase: string,
  target: string,
  { uid }: Stats,
): Promise<{ fault: string } | undefined> {
  if (target === pxfBase || uid === (await currentUid())) return undefined
  return {
    fault: `PXF_BASE is ${pxfBase}, and a link in this path leads to ${target}, which belongs to uid ${uid}; remove the link`,
  }
}

/** The nearest of `path` and the directories above it that is there. */
export async function existingPart(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined || dirname(path) === path ? path : existingPart(dirname(path))
}

/** Only the first missing part can be such a link. */
async function danglingLink(existing: string, path: string): Promise<string | undefined> {
  const first = path.slice(existing.length).split(sep).find(Boolean)
  const link = join(existing, first ?? '')
  const to = await readlink(link).catch(() => undefined)
  return to === undefined ? undefined : `${link} is a broken link (to ${to}); remove it, or create its target`
}

/** @param path below `base`, with slashes */
export async function locate(base: string, path: string): Promise<Located> {
  const parts = path.split('/')
  let target = base
  let stats: Stats | undefined
  for (const [index, part] of parts.entries()) {
    const place = parts.slice(0, index + 1).join('/')
    if (stats?.isDirectory() === false) {
      return { fault: `${dirname(place)}: a file where a directory should be; move it away` }
    }
    const next = await step(base, join(target, part))
    if ('fault' in next) return { fault: `${place}: ${next.fault}` }
    if (next.stats === undefined) return { target: join(target, ...parts.slice(index)) }
    ;({ target, stats } = next)
  }
  return { target, ...(stats === undefined ? {} : { stats }) }
}

async function step(base: string, path: string): Promise<Located> {
  try {
    const stats = await lstat(path)
    if (!stats.isSymbolicLink()) return { target: path, stats }
    const target = await realpath(path)
    if (target.startsWith(base + sep)) return { target, stats: await stat(target) }
    return { fault: `a link out of PXF_BASE (to ${target}); replace it with its target` }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return { fault: (await fixFor(error, path)) ?? reasonOf(error) }
    const to = await readlink(path).catch(() => undefined)
    return to === undefined
      ? { target: path }
      : { fault: `a broken link (to ${to}); remove it, or create its target` }
  }
}
