/** Copies what lies in `image/` into its places: the scripts, PXF, the SQL, the extension's files. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Layout } from './layout.ts'

const part = (path: string): string => fileURLToPath(new URL(`image/${path}`, import.meta.url))

export function putParts(layout: Layout): void {
  for (const name of ['bin', 'lib', 'share', 'etc', 'greenplum_path.sh']) {
    cpSync(part(`greenplum-db/${name}`), join(layout.gphome, name), { recursive: true })
  }
  // The embedded PostgreSQL lacks these; where there are real ones, they are the better ones.
  for (const name of ['psql', 'pg_controldata', 'pg_config']) {
    if (existsSync(join(layout.postgresPrograms, name))) rmSync(join(layout.gphome, 'bin', name))
  }
  cpSync(part('pxf'), layout.pxfHome, { recursive: true })
  cpSync(part('java'), layout.javaHome, { recursive: true })
  mkdirSync(dirname(layout.startScript), { recursive: true })
  putStartScript(layout)
  for (const name of readdirSync(part('pxf/gpextable'))) {
    copyFileSync(part(`pxf/gpextable/${name}`), join(layout.extensions, name))
  }
  // Node takes a .ts without a package for a module only after a second look, and says so on stderr.
  for (const folder of [join(layout.gphome, 'lib'), join(layout.pxfHome, 'application')]) {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  }
}

/** As in the real one, the folder of init scripts is one line of it. */
function putStartScript({ startScript, initScripts }: Layout): void {
  const text = readFileSync(part('start_gpdb.sh'), 'utf8')
  writeFileSync(
    startScript,
    text.replace(/^gp_custom_init_dir=.*$/m, `gp_custom_init_dir="${initScripts}"`),
    { mode: 0o755 },
  )
}

/** The seed that a derived image would bring along. */
export function putSeed(layout: Layout): void {
  cpSync(part('seed'), layout.seed, { recursive: true })
}
