/**
 * The environment of Greenplum's and PXF's tools. The base image keeps it in `~/.bashrc`, not in the image's
 * ENV; it must reach children only, because its LD_LIBRARY_PATH and OPENSSL_CONF would change Node itself.
 */
import { execa } from 'execa'
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, reasonOf } from '../errors.ts'

/** A `.bashrc` is a few exports; more than this means that it waits for something. */
const sourceTimeoutMs = 10_000

/** Reads `~/.bashrc` as bash understands it. A missing file leaves the given environment as it is. */
export async function readToolEnvironment(given: Environment): Promise<Record<string, string>> {
  const script = 'if [ -f ~/.bashrc ]; then source ~/.bashrc; fi >/dev/null 2>&1 </dev/null; env -0'
  const result = await execa('bash', ['-c', script], {
    env: definedOnly(given),
    extendEnv: false,
    stdin: 'ignore',
    timeout: sourceTimeoutMs,
    reject: false,
  })
  if (result.failed) {
    throw new SupervisorError(
      `cannot read the environment of the Greenplum tools from ~/.bashrc: ${reasonOf(result.cause ?? result.shortMessage)}`,
      { code: 'bashrc' },
    )
  }
  return Object.fromEntries(
    result.stdout
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  )
}

/**
 * What the start script gets: the container's environment, with PXF switched off in it. Inside the script a
 * failing PXF would end the database (docs/base-image.md, trap 4); the supervisor runs PXF itself. What is resolved
 * here is what it works with: the script has no default for an empty variable.
 */
export function startScriptEnvironment(given: Environment, config: Config): Record<string, string> {
  const { user, database, dataDirectory, segmentPrefix, deployment } = config.greenplum
  return {
    ...definedOnly(given),
    GREENPLUM_USER: user,
    GREENPLUM_DATABASE_NAME: database,
    GREENPLUM_DATA_DIRECTORY: dataDirectory,
    GREENPLUM_SEG_PREFIX: segmentPrefix,
    GREENPLUM_DEPLOYMENT: deployment,
    GREENPLUM_PXF_ENABLE: 'false',
    ...dataDirectoryVariables(config),
    ...loginVariables(config),
  }
}

/**
 * The gp* tools connect to localhost over TCP, where `samehost md5` wants a password. With an empty PGHOST (their
 * default is for a missing one) they take the unix socket, and need none: a password that was changed in the
 * environment, or never came to be set, must not keep the database from starting.
 */
export function loginVariables(config: Config): Record<string, string> {
  return config.hba.samehost === 'md5' ? { PGHOST: '' } : {}
}

/** `gpstop` exits 2 at once without it, and `.bashrc` gets it only once the script has run. */
export function dataDirectoryVariables(config: Config): Record<string, string> {
  const directory = config.greenplum.coordinatorDirectory
  return { MASTER_DATA_DIRECTORY: directory, COORDINATOR_DATA_DIRECTORY: directory }
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Where every image of the family has Greenplum, for a stop when `~/.bashrc` cannot be read. */
export const usualToolEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/greenplum-db/bin:/usr/local/bin:/usr/bin:/bin',
  GPHOME: '/usr/local/greenplum-db',
  LD_LIBRARY_PATH: '/usr/local/greenplum-db/lib',
  PYTHONPATH: '/usr/local/greenplum-db/lib/python',
}
