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
  readonly exists: (path: string) => boolean
}

/** Every pod has at least one of KUBERNETES_SERVICE_HOST and this directory. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Docker creates the first in every container, Podman the second. */
const containerMarks = ['/.dockerenv', '/run/.containerenv']

export function detectPlatform({ given, environment, hostname, exists }: Surroundings): Platform {
  const inPod = Boolean(environment['KUBERNETES_SERVICE_HOST']) || exists(serviceAccount)
  const kind = given ?? (inPod ? 'kubernetes' : containerMarks.some(exists) ? 'docker' : 'unknown')
  return { kind, container: nameOf(kind, hostname) }
}

/** A pod has the name of its host. A container can be addressed by its host name only if that is its hexadecimal id. */
function nameOf(kind: Platform['kind'], hostname: string): string {
  switch (kind) {
    case 'compose':
      return 'greenplum'
    case 'kubernetes':
      return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(hostname) ? hostname : '<pod>'
    case 'docker':
      return /^[0-9a-f]{12}$/.test(hostname) ? hostname : '<container>'
    case 'unknown':
      return '<container>'
  }
}
