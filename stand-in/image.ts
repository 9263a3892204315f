/**
 * Lays the stand-in into the places of the real image. Run as root by stand-in/Dockerfile, inside the image that
 * it makes; writes nowhere but into that.
 */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { giveTo } from './account.ts'
import { bashrc, imageLayout } from './layout.ts'
import { putParts } from './parts.ts'
import { standardPorts } from './ports.ts'
import { debianPostgres } from './postgres.ts'

/** The real image's user; stand-in/Dockerfile makes it. */
const gpadmin = { name: 'gpadmin', uid: 1001, gid: 1001 }

const layout = imageLayout(debianPostgres())
for (const directory of [layout.home, layout.data, layout.initScripts, layout.state]) {
  mkdirSync(directory, { recursive: true })
}
putParts(layout)
copyFileSync(fileURLToPath(new URL('image/entrypoint.sh', import.meta.url)), '/entrypoint.sh')
chmodSync('/entrypoint.sh', 0o755)
writeFileSync(join(layout.home, '.bashrc'), bashrc(layout, { ports: standardPorts, listenAddresses: '*' }))
for (const directory of [layout.home, layout.data, layout.initScripts, layout.state])
  giveTo(gpadmin, directory)
