/** The manifests as they stand in the repository, and what is wrong with them. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Service } from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'
import * as z from 'zod'
import { usualVariables } from '../../src/config/schema.ts'

export const folderOf = (form: 'single' | 'cluster'): string =>
  join(import.meta.dirname, '../../kubernetes', form)

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) })
const container = z.looseObject({
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
})
const statefulSet = z.looseObject({
  kind: z.literal('StatefulSet'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number(),
    serviceName: z.string(),
    podManagementPolicy: z.string().optional(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        enableServiceLinks: z.literal(false),
        // The entrypoint has to be root, and PID 1 has to be the one of the container.
        securityContext: z.undefined().optional(),
        shareProcessNamespace: z.undefined().optional(),
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.number(),
        setHostnameAsFQDN: z.literal(true).optional(),
        containers: z.tuple([container]),
        volumes: z.array(
          z.looseObject({
            name: z.string(),
            secret: z.object({ secretName: z.string(), defaultMode: z.number().optional() }).optional(),
          }),
        ),
      }),
    }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.object({ name: z.string() }) })),
  }),
})
export type Workload = z.infer<typeof statefulSet>
const service = z.looseObject({
  kind: z.literal('Service'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    clusterIP: z.string().optional(),
    publishNotReadyAddresses: z.boolean().optional(),
    selector: z.record(z.string(), z.string()),
    ports: z.array(z.looseObject({ targetPort: z.string().optional() })),
  }),
})
const budget = z.looseObject({
  kind: z.literal('PodDisruptionBudget'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }),
})

/** Each document of the API: what `kubectl apply` would send. It reads YAML 1.1, where 0400 is octal. */
export function documentsIn(text: string): unknown[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS() as unknown
  })
}

export const read = (form: 'single' | 'cluster'): unknown[] => {
  const { resources } = z
    .looseObject({ resources: z.array(z.string()) })
    .parse(documentsIn(readFileSync(join(folderOf(form), 'kustomization.yaml'), 'utf8'))[0])
  const there = readdirSync(folderOf(form)).filter((name) => name !== 'kustomization.yaml')
  if (there.toSorted().join() !== resources.toSorted().join())
    throw new Error(`kustomization.yaml lists ${resources.join(', ')}, and there are ${there.join(', ')}`)
  return resources.flatMap((name) => documentsIn(readFileSync(join(folderOf(form), name), 'utf8')))
}

const models = new Map<string, new (data: never) => { validate: () => void }>([
  ['PodDisruptionBudget', PodDisruptionBudget],
  ['Service', Service],
  ['StatefulSet', StatefulSet],
])

/** By the schemas that Kubernetes publishes. */
export function schemaFaults(document: unknown): string[] {
  const { kind } = z.looseObject({ kind: z.string() }).parse(document)
  const Model = models.get(kind)
  if (Model === undefined) return [`${kind} is not known here`]
  try {
    new Model(document as never).validate()
    return []
  } catch (error) {
    return [`${kind}: ${String(error)}`]
  }
}

/** What the schemas cannot know. */
export function faultsOf(documents: readonly unknown[]): string[] {
  const workloads = documents.flatMap((document) => {
    const parsed = statefulSet.safeParse(document)
    return parsed.success ? [parsed.data] : []
  })
  const services = documents.flatMap((document) => service.safeParse(document).data ?? [])
  return [
    ...documents.flatMap(schemaFaults),
    ...documents
      .filter((document) => (document as { kind: string }).kind === 'StatefulSet')
      .flatMap((document) => statefulSet.safeParse(document).error?.issues ?? [])
      .map(({ message, path }) => `${path.join('.')}: ${message}`),
    ...workloads.flatMap((workload) => faultsOfWorkload(workload, services)),
    ...faultsOfNames(workloads),
    ...workloads.flatMap(faultsOfSecrets),
    ...faultsOfSelectors(documents, workloads),
  ]
}

type ServiceDocument = z.infer<typeof service>
/** Longer than STOP_GRACE_PERIOD by default. */
const leastGraceSeconds = 111
const ownProbes = /^\/(livez|readyz(\?for=gpdb)?)$/
const known = new Set([...usualVariables.map(([name]) => name), 'NAMESPACE'])

function faultsOfWorkload(
  { metadata: { name }, spec }: Workload,
  services: readonly ServiceDocument[],
): string[] {
  const { metadata, spec: pod } = spec.template
  const [only] = pod.containers
  const headless = services.find((found) => found.metadata.name === spec.serviceName)
  const selects = (selector: Readonly<Record<string, string>>) =>
    Object.entries(selector).every(([key, value]) => metadata.labels[key] === value)
  const volumes = new Set([
    ...pod.volumes.map((volume) => volume.name),
    ...spec.volumeClaimTemplates.map((claim) => claim.metadata.name),
  ])
  const ports = new Map(only.ports.map((port) => [port.name, port.containerPort]))
  const probes = [only.startupProbe, only.livenessProbe, only.readinessProbe]
  const faults: [boolean, string][] = [
    [selects(spec.selector.matchLabels), 'its pods lack the labels by which it finds them'],
    [headless?.spec.clusterIP === 'None', `the service ${spec.serviceName} is not headless`],
    [headless?.spec.publishNotReadyAddresses === true, 'pods that are not ready have no name'],
    [
      headless !== undefined && selects(headless.spec.selector),
      `${spec.serviceName} does not select its pods`,
    ],
    [pod.terminationGracePeriodSeconds >= leastGraceSeconds, 'it is killed before its stop can be verified'],
    [ports.get('health') === 8008, 'the port of the probes is another'],
    [
      probes.every(({ httpGet }) => ownProbes.test(httpGet.path) && ports.has(httpGet.port)),
      'a probe asks elsewhere',
    ],
    [only.livenessProbe.httpGet.path === '/livez', 'a component that fails would end the database'],
    [only.startupProbe.httpGet.path === '/livez', 'a faulty SQL file would end the database'],
    [
      only.env.some((item) => item.name === 'HEALTH_HOST' && item.value === '0.0.0.0'),
      'the kubelet cannot probe it',
    ],
    [only.volumeMounts.some(({ mountPath }) => mountPath === '/data'), 'its data is not on a volume'],
    [
      !only.env.some((item) => item.name.endsWith('PASSWORD') && item.value !== undefined),
      'it has a password in it',
    ],
  ]
  return [
    ...faults.filter(([isRight]) => !isRight).map(([, text]) => `${name}: ${text}`),
    ...only.volumeMounts
      .filter((mount) => !volumes.has(mount.name))
      .map((mount) => `${name}: there is no volume ${mount.name}`),
    ...only.env
      .filter((item) => !known.has(item.name))
      .map((item) => `${name}: ${item.name} is no variable of the image`),
  ]
}

/** In a cluster every host has the same names of all others, and one for each replica. */
function faultsOfNames(workloads: readonly Workload[]): string[] {
  const names = (workload: Workload) =>
    Array.from(
      { length: workload.spec.replicas },
      (_, index) =>
        `${workload.metadata.name}-${index}.${workload.spec.serviceName}.$(NAMESPACE).svc.cluster.local`,
    )
  const valueOf = (workload: Workload, name: string) =>
    workload.spec.template.spec.containers[0].env.find((item) => item.name === name)?.value
  const segments = workloads.find((workload) => valueOf(workload, 'GREENPLUM_DEPLOYMENT') === 'segment')
  if (segments === undefined) return []
  const coordinators = workloads.filter((workload) => workload !== segments).flatMap(names)
  return workloads.flatMap((workload) => {
    const order = workload.spec.template.spec.containers[0].env.map((item) => item.name)
    const faults: [boolean, string][] = [
      [
        order.includes('NAMESPACE') && order.indexOf('NAMESPACE') < order.indexOf('CLUSTER_SEGMENT_HOSTS'),
        '$(NAMESPACE) is replaced only after it was set',
      ],
      [
        workload.spec.replicas === 1 || workload.spec.podManagementPolicy === 'Parallel',
        'its pods wait for each other',
      ],
      [
        valueOf(workload, 'CLUSTER_SEGMENT_HOSTS') === names(segments).join(),
        'it does not name all segment hosts',
      ],
      [
        valueOf(workload, 'CLUSTER_COORDINATOR_HOSTS') === coordinators.join(),
        'it does not name both coordinators',
      ],
      [
        workload.spec.template.spec.setHostnameAsFQDN === true,
        'its host name is not the one by which others find it',
      ],
      [
        ['CLUSTER_SEGMENTS', 'CLUSTER_MIRRORS'].every(
          (name) => valueOf(workload, name) === valueOf(segments, name),
        ),
        'the hosts do not agree on the segments',
      ],
    ]
    return faults.filter(([isRight]) => !isRight).map(([, text]) => `${workload.metadata.name}: ${text}`)
  })
}

const keysFolder = '/run/cluster-keys/ssh'

/** Secrets come as files: where the variable looks, and closed to others where they are private keys. */
function faultsOfSecrets({ metadata: { name }, spec }: Workload): string[] {
  const { containers, volumes } = spec.template.spec
  const [{ env, volumeMounts }] = containers
  const secretAt = (path: string) => {
    const mount = volumeMounts.find(({ mountPath }) => mountPath === path)
    return volumes.find((volume) => volume.name === mount?.name)?.secret
  }
  const valueOf = (variable: string) => env.find((item) => item.name === variable)?.value
  const file = valueOf('GREENPLUM_PASSWORD_FILE')
  const deployment = valueOf('GREENPLUM_DEPLOYMENT')
  const keys = secretAt(keysFolder)
  const faults: [boolean, string][] = [
    [
      deployment === 'segment' || (file !== undefined && secretAt(dirname(file)) !== undefined),
      'its password is not in a secret',
    ],
    [deployment === undefined || keys?.secretName === 'greenplum-keys', `the keys are not in ${keysFolder}`],
    [keys === undefined || keys.defaultMode === 0o400, 'others could read the private keys'],
    [volumeMounts.some(({ mountPath }) => mountPath === '/dev/shm'), 'large queries outgrow /dev/shm'],
  ]
  return faults.filter(([isRight]) => !isRight).map(([, text]) => `${name}: ${text}`)
}

/** What selects no pod is accepted by the API, and does nothing. */
function faultsOfSelectors(documents: readonly unknown[], workloads: readonly Workload[]): string[] {
  const podsOf = (selector: Readonly<Record<string, string>>) =>
    workloads.filter(({ spec }) =>
      Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value),
    )
  const hasPort = (workload: Workload, port: string) =>
    workload.spec.template.spec.containers[0].ports.some(({ name }) => name === port)
  return documents.flatMap((document) => {
    const found = service.safeParse(document).data ?? budget.safeParse(document).data
    if (found === undefined) return []
    const { name } = found.metadata
    if (found.kind === 'PodDisruptionBudget')
      return podsOf(found.spec.selector.matchLabels).length > 0 ? [] : [`${name}: it protects no pod`]
    const pods = podsOf(found.spec.selector)
    if (pods.length === 0) return [`${name}: it leads to no pod`]
    return found.spec.ports
      .flatMap(({ targetPort }) => targetPort ?? [])
      .filter((port) => !pods.every((workload) => hasPort(workload, port)))
      .map((port) => `${name}: its pods have no port ${port}`)
  })
}
