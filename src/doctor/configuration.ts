/**
 * A faulty configuration makes the supervisor exit with 78. The doctor reports each fault as a finding, and continues
 * with the default of each faulty variable.
 */
import type { Config, ConfigSources } from '../config/config.ts'
import { ConfigError, type ConfigFault } from '../config/faults.ts'
import { loadConfig, recogniseImage } from '../config/load.ts'
import type { Advice } from '../findings/advice.ts'
import { finding, type Opinion } from '../findings/finding.ts'
import { variableName } from '../image/profile.ts'

export interface LenientConfig {
  readonly config: Config
  /** The faults that `loadConfig` reports. */
  readonly faults: readonly ConfigFault[]
}

/** Replaces a missing password, and never leaves this file. */
function placeholderFor(sources: ConfigSources): Record<string, string | undefined> {
  const { profile } = recogniseImage(sources)
  return { [variableName(profile, 'PASSWORD')]: '-', [variableName(profile, 'PASSWORD_FILE')]: undefined }
}

export function loadLeniently(sources: ConfigSources): LenientConfig {
  const first = attempt(sources)
  if (!Array.isArray(first)) return { config: first, faults: [] }
  const environment = { ...sources.environment }
  for (const name of first.flatMap(({ variables }) => variables)) delete environment[name]
  const second = attempt({ ...sources, environment })
  if (!Array.isArray(second)) return { config: second, faults: first }
  return { config: withoutPassword(sources, environment, second), faults: first }
}

function attempt(sources: ConfigSources): Config | ConfigFault[] {
  try {
    return loadConfig(sources)
  } catch (error) {
    if (error instanceof ConfigError) return [...error.faults]
    throw error
  }
}

/** The remaining faults concern the password (missing, or an unreadable file); otherwise no variable can be used. */
function withoutPassword(
  sources: ConfigSources,
  environment: ConfigSources['environment'],
  faults: readonly ConfigFault[],
): Config {
  const placeholder = placeholderFor(sources)
  const password = faults.every(({ variables }) => variables.every((name) => name in placeholder))
  const given = { ...(password ? environment : {}), ...placeholder }
  const config = loadConfig({ ...sources, environment: given })
  return { ...config, greenplum: { ...config.greenplum, password: undefined } }
}

export const judgeConfiguration = (faults: readonly ConfigFault[], advice: Advice): Opinion => ({
  seen: 'every variable is valid',
  findings: faults.map(({ text, variables }) =>
    finding('configuration.fault', {
      text,
      cause: 'the supervisor exits with code 78; the checks below use the default instead',
      fix: `correct the variable in ${advice.environment}, then: ${advice.recreate}`,
      where: variables.join(', '),
    }),
  ),
})
