/** The faults of a configuration, one sentence each. Pure. */
import leven from 'leven'
import { SupervisorError, exitCodes } from '../errors.ts'
import { families } from '../image/families.ts'
import { variableName, type ImageProfile } from '../image/profile.ts'
import type { Image } from '../image/recognise.ts'
import { deployments, isCoordinator } from './role.ts'
import { foreignNames, secretKeys, type Names, type Parsed } from './schema.ts'

export interface ConfigFault {
  readonly text: string
  /** The faulty variables. */
  readonly variables: readonly string[]
}

export class ConfigError extends SupervisorError {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
    const lines = faults.map(({ text }) => `  - ${text}`).join('\n')
    super(`cannot use the configuration: ${count}\n${lines}`, {
      code: 'config',
      exitCode: exitCodes.configuration,
    })
    this.faults = faults
  }
}

/** The environment, and the variable names of this image. */
export interface Context {
  readonly given: Readonly<Record<string, string>>
  readonly image: Image
  readonly names: Names
}

export interface Issue {
  readonly code?: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly values?: readonly unknown[]
}

export function describeIssue(issue: Issue, { given, names }: Context): ConfigFault {
  const key = String(issue.path[0])
  const name = names[key as keyof Names]
  const value = secretKeys.has(key) ? '(hidden)' : JSON.stringify(given[name])
  const allowed = issue.values === undefined ? issue.message : `one of ${issue.values.join(', ')}`
  return { text: `${name} is ${value}; allowed: ${allowed}`, variables: [name] }
}

/** The start script requires the password at every start, although only the first start sets it. */
export function passwordFaults({ given, image, names }: Context): ConfigFault[] {
  const { PASSWORD, PASSWORD_FILE, DEPLOYMENT } = names
  const [direct, fromFile] = [given[PASSWORD] !== undefined, given[PASSWORD_FILE] !== undefined]
  if (direct && fromFile) {
    const text = `${PASSWORD} and ${PASSWORD_FILE} are both set; remove one of them`
    return [{ text, variables: [PASSWORD, PASSWORD_FILE] }]
  }
  const deployment = deployments.find((known) => known === given[DEPLOYMENT]) ?? 'singlenode'
  if (direct || fromFile || !isCoordinator({ deployment })) return []
  const text = `${PASSWORD} is not set; set it, or set ${PASSWORD_FILE} to a file that contains it${prefixHint(given, image)}`
  return [{ text, variables: [PASSWORD] }]
}

/** Users who switch from an image of another family may have set variables with its prefix. */
function prefixHint(given: Context['given'], { profile: { prefix, title } }: Image): string {
  const other = families.find(
    (family) => family.prefix !== prefix && variableName(family, 'PASSWORD') in given,
  )
  return other === undefined
    ? ''
    : `; this image is ${title}: its variables begin with ${prefix}_, not ${other.prefix}_`
}

const ownPrefixes = /^(PXF|HEALTH|LOG|STOP|PG_HBA|START|BASE_IMAGE|GP_SEED|PROTOCOLS|SQL|READY|PREPARED)_/

/** Unknown names with a known prefix that differ from a known name by at most two letters. */
export function misspelt({ given, image: { profile }, names }: Context): ConfigFault[] {
  const known = Object.values(names)
  const foreign = new Set([
    ...foreignNames,
    ...profile.otherVariables.map((variable) => `${profile.prefix}_${variable}`),
  ])
  return Object.keys(given)
    .filter((candidate) => ownPrefixes.test(candidate) || candidate.startsWith(`${profile.prefix}_`))
    .filter((candidate) => !known.includes(candidate) && !foreign.has(candidate))
    .flatMap((candidate) => {
      const meant = known.find((own) => leven(candidate, own) <= 2)
      if (meant === undefined) return []
      const text = `${candidate} is not a variable of this image; did you mean ${meant}?`
      return [{ text, variables: [candidate] }]
    })
}

/** Two listeners on one port: the second would fail minutes later, with a less helpful error. */
export function portFaults(
  { HEALTH_PORT, PXF_PORT, PXF_ENABLE }: Parsed,
  { coordinatorPort, pxf }: ImageProfile,
): ConfigFault[] {
  const listeners = { HEALTH_PORT, ...(PXF_ENABLE === 'true' ? { PXF_PORT: PXF_PORT ?? pxf.port } : {}) }
  const taken = Object.entries(listeners)
    .filter(([, port]) => port === coordinatorPort)
    .map(([name, port]) => ({
      text: `${name} is "${port}", which is the port of Greenplum; set another port`,
      variables: [name],
    }))
  if (taken.length > 0 || listeners.PXF_PORT !== HEALTH_PORT) return taken
  const text = `HEALTH_PORT and PXF_PORT are both ${HEALTH_PORT}; set one of them to another port`
  return [{ text, variables: ['HEALTH_PORT', 'PXF_PORT'] }]
}

/** A host that is not named would neither have a standby nor ask the other host whether that was promoted. */
export function hostFaults(
  { CLUSTER_COORDINATOR_HOSTS: hosts, DEPLOYMENT }: Parsed,
  hostname: string,
): ConfigFault[] {
  if (hosts === undefined || (DEPLOYMENT !== 'master' && DEPLOYMENT !== 'standby')) return []
  const variables = ['CLUSTER_COORDINATOR_HOSTS']
  const shown = `CLUSTER_COORDINATOR_HOSTS is ${JSON.stringify(hosts.join(','))}`
  if (new Set(hosts).size < hosts.length) return [{ text: `${shown}; name two different hosts`, variables }]
  return hosts.includes(hostname)
    ? []
    : [
        {
          text: `${shown}, and this host is called ${hostname}; use the very names that the hosts have`,
          variables,
        },
      ]
}
