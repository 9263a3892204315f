/**
 * The environment of Greenplum's and PXF's tools. The base image keeps it in `~/.bashrc`, not in the image's
 * ENV; it must reach children only, because its LD_LIBRARY_PATH and OPENSSL_CONF would change Node itself.
 */
import { execa } from 'execa'
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, reasonOf } from '../errors.ts'
import { variableName, type ImageProfile, type ImageVariable } from '../image/profile.ts'

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
  const { profile, user, database, dataDirectory, segmentPrefix, deployment } = config.greenplum
  const resolved: Partial<Record<ImageVariable, string>> = {
    USER: user,
    DATABASE_NAME: database,
    DATA_DIRECTORY: dataDirectory,
    SEG_PREFIX: segmentPrefix,
    DEPLOYMENT: deployment,
    PXF_ENABLE: 'false',
  }
  return {
    ...definedOnly(given),
    ...withPrefix(profile, resolved),
    ...dataDirectoryVariables(config),
    ...loginVariables(config),
  }
}

const withPrefix = (
  profile: ImageProfile,
  variables: Readonly<Partial<Record<ImageVariable, string>>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [variableName(profile, name as ImageVariable), value]),
  )

/**
 * The gp* tools connect to localhost over TCP, where `samehost md5` wants a password. With an empty PGHOST (their
 * default is for a missing one) they take the unix socket, and need none: a password that was changed in the
 * environment, or never came to be set, must not keep the database from starting.
 */
export function loginVariables(config: Config): Record<string, string> {
  return config.hba.samehost === 'md5' ? { PGHOST: '' } : {}
}

/** `gpstop` exits 2 at once without it, and `.bashrc` gets it only once the script has run. */
export function dataDirectoryVariables({ greenplum }: Config): Record<string, string> {
  const { profile, coordinatorDirectory } = greenplum
  return Object.fromEntries(profile.dataDirectoryVariables.map((name) => [name, coordinatorDirectory]))
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
