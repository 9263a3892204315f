/**
 * Where the program runs, as far as it can be seen from inside a container. It decides for whom the advice is written
 * (`advice.ts`), and nothing else. Pure.
 */
export const platformKinds = ['compose', 'docker', 'kubernetes'] as const

export interface Platform {
  readonly kind: (typeof platformKinds)[number] | 'unknown'
  /** What a command line calls this container, or a placeholder for it. */
  readonly container: string
}

interface Surroundings {
  /** CONTAINER_PLATFORM: what somebody says of it; a container of Compose cannot see that it is one. */
  readonly given: (typeof platformKinds)[number] | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly hostname: string
  readonly exists: (path: string) => boolean
}

/** Every pod has the one or the other. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'
/** Docker puts the first into every container, Podman the second. */
const containerMarks = ['/.dockerenv', '/run/.containerenv']

export function detectPlatform({ given, environment, hostname, exists }: Surroundings): Platform {
  const inPod = Boolean(environment['KUBERNETES_SERVICE_HOST']) || exists(serviceAccount)
  const kind = given ?? (inPod ? 'kubernetes' : containerMarks.some(exists) ? 'docker' : 'unknown')
  return { kind, container: nameOf(kind, hostname) }
}

/** A pod is called like its host. A container is, too, unless it was given a name: then that is its number, in hex. */
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
