/**
 * Detects where the program runs, as far as this can be seen from inside a container. Only the wording of advice
 * (`advice.ts`) depends on it. Pure.
 */
export const platformKinds = ['compose', 'docker', 'kubernetes'] as const

export interface Platform {
  readonly kind: (typeof platformKinds)[number] | 'unknown'
  /** The name of this container on a command line, or a placeholder. */
  readonly container: string
}

interface Surroundings {
  /** CONTAINER_PLATFORM. A container cannot detect by itself that Compose started it. */
  readonly given: (typeof platformKinds)[number] | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly hostname: string
  /** With several, the service of each is called as its host. */
  readonly isOnlyHost: boolean
  readonly exists: (path: string) => boolean
}

/** Every pod has at least one of KUBERNETES_SERVICE_HOST and this directory. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Docker creates the first in every container, Podman the second. */
const containerMarks = ['/.dockerenv', '/run/.containerenv']

export function detectPlatform(surroundings: Surroundings): Platform {
  const { given, environment, exists } = surroundings
  const inPod = Boolean(environment['KUBERNETES_SERVICE_HOST']) || exists(serviceAccount)
  const kind = given ?? (inPod ? 'kubernetes' : containerMarks.some(exists) ? 'docker' : 'unknown')
  return { kind, container: nameOf(kind, surroundings) }
}

/** A pod has the name of its host, up to the first dot. A container can be addressed by its host name only if that is its hexadecimal id. */
function nameOf(kind: Platform['kind'], { hostname, isOnlyHost }: Surroundings): string {
  const [name = ''] = hostname.split('.')
  switch (kind) {
    case 'compose':
      return isOnlyHost ? 'greenplum' : name
    case 'kubernetes':
      return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) ? name : '<pod>'
    case 'docker':
      return /^[0-9a-f]{12}$/.test(hostname) ? hostname : '<container>'
    case 'unknown':
      return '<container>'
  }
}
