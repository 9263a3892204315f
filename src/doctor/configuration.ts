/**
 * A configuration that is faulty ends the supervisor with 78. Here each fault is a finding, and the rest is looked
 * at with the default of every variable that cannot be used.
 */
import { loadConfig, type Config, type ConfigSources } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import type { Opinion } from './finding.ts'

export interface LenientConfig {
  readonly config: Config
  /** As `loadConfig` says them, one each. */
  readonly faults: readonly string[]
}

/** Stands for the password that is missing, and never leaves this file. */
const placeholder = { GREENPLUM_PASSWORD: '-', GREENPLUM_PASSWORD_FILE: undefined }

export function loadLeniently(sources: ConfigSources): LenientConfig {
  const first = attempt(sources)
  if (Array.isArray(first)) {
    const environment = { ...sources.environment }
    for (const name of first.flatMap(namesIn)) delete environment[name]
    const second = attempt({ ...sources, environment })
    if (!Array.isArray(second)) return { config: second, faults: first }
    return { config: withoutPassword(sources, environment, second), faults: first }
  }
  return { config: first, faults: [] }
}

function attempt(sources: ConfigSources): Config | string[] {
  try {
    return loadConfig(sources)
  } catch (error) {
    return reasonOf(error).split('\n  - ').slice(1)
  }
}

/** What is left is the password: nothing, or a file that cannot be read. Or else nothing of it can be used. */
function withoutPassword(
  sources: ConfigSources,
  environment: ConfigSources['environment'],
  faults: readonly string[],
): Config {
  const password = faults.every((fault) => namesIn(fault).every((name) => name in placeholder))
  const given = { ...(password ? environment : {}), ...placeholder }
  const config = loadConfig({ ...sources, environment: given })
  return { ...config, greenplum: { ...config.greenplum, password: undefined } }
}

/** The variables that a fault is about: those before its verb. */
function namesIn(fault: string): string[] {
  const subject = /^(.*?) (?:is|are) /.exec(fault)?.[1] ?? ''
  return subject.match(/[A-Z][A-Z0-9_]+/g) ?? []
}

export const judgeConfiguration = (faults: readonly string[]): Opinion => ({
  seen: 'every variable can be used',
  complaints: faults.map((fault) => ({
    id: 'configuration.fault',
    level: 'error',
    text: fault,
    cause: 'the supervisor ends with exit code 78 on it; below, the default stands in',
    mend: 'mend the variable in .env or the compose file, then: docker compose up -d',
  })),
})
