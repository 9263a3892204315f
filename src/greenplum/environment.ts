/**
 * The environment of the Greenplum and PXF tools. The base image sets it in `~/.bashrc`, not with ENV. It must be
 * passed only to child processes, because its LD_LIBRARY_PATH and OPENSSL_CONF would affect Node itself.
 */
import { execa } from 'execa'
import type { Config, Environment } from '../config/config.ts'
import { SupervisorError, reasonOf } from '../errors.ts'
import { variableName, type ImageProfile, type ImageVariable } from '../image/profile.ts'

/** A `.bashrc` consists of a few exports; if it takes longer than this, it is waiting for something. */
const sourceTimeoutMs = 10_000

/** The environment after bash has sourced `~/.bashrc`; unchanged if the file does not exist. */
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
 * The environment of the start script: that of the container, with PXF disabled. In the script a failing PXF would stop
 * the database (docs/base-image.md, trap 4), so the supervisor runs PXF itself. Variables are passed with their
 * resolved values, because the script has no default for an empty variable.
 */
export function startScriptEnvironment(given: Environment, config: Config): Record<string, string> {
  const { profile, user, database, dataDirectory, segmentPrefix, deployment } = config.greenplum
  const resolved: Partial<Record<ImageVariable, string>> = {
    USER: user,
    DATABASE_NAME: database,
    DATA_DIRECTORY: dataDirectory,
    SEG_PREFIX: segmentPrefix,
    // To the script, a standby is a host that waits for what the coordinator does there.
    DEPLOYMENT: deployment === 'standby' ? 'segment' : deployment,
    PXF_ENABLE: 'false',
  }
  return {
    ...definedOnly(given),
    ...withPrefix(profile, resolved),
    ...dataDirectoryVariables(config),
    ...loginVariables(config),
  }
}

/** Variables of the image, by their full names. */
export const withPrefix = (
  profile: ImageProfile,
  variables: Readonly<Partial<Record<ImageVariable, string>>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [variableName(profile, name as ImageVariable), value]),
  )

/**
 * The gp* tools connect to localhost over TCP, for which `samehost md5` requires a password. With an empty PGHOST
 * (their default applies only if it is not set) they use the Unix-domain socket and need none. A password that was
 * changed in the environment, or never set in the database, must not prevent the database from starting.
 */
export function loginVariables(config: Config): Record<string, string> {
  return config.hba.samehost === 'md5' ? { PGHOST: '' } : {}
}

/** Without these, `gpstop` exits with 2 immediately, and `.bashrc` sets them only once the script has run. */
export function dataDirectoryVariables({ greenplum }: Config): Record<string, string> {
  const { profile, coordinatorDirectory } = greenplum
  return Object.fromEntries(profile.dataDirectoryVariables.map((name) => [name, coordinatorDirectory]))
}

export function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
