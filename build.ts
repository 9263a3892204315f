/** Bundles the program into one file, `dist/gp-supervisor.cjs`, with its source map beside it. */
import { chmod, copyFile, readFile } from 'node:fs/promises'
import { build } from 'esbuild'

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string
}
const page = await readFile(new URL('src/health/page.html', import.meta.url), 'utf8')
const outfile = 'dist/gp-supervisor.cjs'

await build({
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs', // pg and pino are CommonJS: an ESM bundle would need a shim for their require()
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'linked',
  // Less source to hold in memory; names stay, so that a stack trace can be read without the map.
  minifyWhitespace: true,
  minifySyntax: true,
  // Optional native parts of pg that this program never uses.
  external: ['pg-native', 'pg-cloudflare'],
  // src/health/page.ts looks beside itself for what is inserted here, where it was not bundled.
  logOverride: { 'empty-import-meta': 'silent' },
  banner: { js: '#!/usr/bin/env node' },
  define: { GP_SUPERVISOR_VERSION: JSON.stringify(version), GP_SUPERVISOR_PAGE: JSON.stringify(page) },
})
await chmod(outfile, 0o755)
// The program gives it to the bash of the start script, and looks for it beside itself.
await copyFile('entrypoint/start-script.bash', 'dist/start-script.bash')
