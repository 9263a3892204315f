/**
 * The package for Testcontainers (packages/testcontainers): its own checks, and its whole starts with the real library.
 * Those run in a container of the host's network, because the ports of an engine of our own are published there alone.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { dockerOk, hasEngine } from './stand.ts'
import { repository, run } from './setup/host.ts'
import { standImage, tags } from './setup/images.ts'

const folder = join(repository, 'packages/testcontainers')
const inContainer = { project: '/project', socket: '/var/run/docker.sock' }

const environment = { NO_COLOR: '1' }
const allPassed = /^ +Tests +\d+ passed \(\d+\)$/m

const modifiedAt = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** The top folder's `npm ci` does not install what the package needs. */
async function install(): Promise<void> {
  const [wanted, installed] = ['package-lock.json', 'node_modules/.package-lock.json']
  if (modifiedAt(join(folder, wanted)) < modifiedAt(join(folder, installed))) return
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}

function socketOfEngine(): string {
  const address = inject('engine')?.environment['DOCKER_HOST'] ?? process.env['DOCKER_HOST'] ?? ''
  return address.startsWith('unix://') ? address.slice('unix://'.length) : inContainer.socket
}

describe.runIf(hasEngine())('testcontainers', () => {
  beforeAll(install)

  it('the package has its types and its unit tests in order, and can be built', async () => {
    expect(await run('npm', ['run', 'check'], { cwd: folder, environment })).toMatch(allPassed)
  })

  it('the first query after a start gets in, and a start that fails says why', async () => {
    const variables = {
      ...environment,
      GREENPLUM_IMAGE: standImage,
      DOCKER_HOST: `unix://${inContainer.socket}`,
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      // Its image would have to be pulled; what the tests start, they remove.
      TESTCONTAINERS_RYUK_DISABLED: 'true',
    }
    const mounts = [`${repository}:${inContainer.project}:ro`, `${socketOfEngine()}:${inContainer.socket}`]
    const options = [
      ...mounts.flatMap((mount) => ['--volume', mount]),
      ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ]
    const workdir = join(inContainer.project, 'packages/testcontainers')
    // The native loader writes nothing beside the configuration, which is read-only here.
    const tests = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'container',
      '--configLoader',
      'native',
    ]
    const words = ['--rm', '--network', 'host', '--workdir', workdir, ...options, tags.node, 'node', ...tests]
    expect(await dockerOk('run', ...words)).toMatch(allPassed)
  })
})
