/**
 * The commands to run and the lines to change, for the platform on which the program runs: Compose, plain Docker,
 * Kubernetes, or any other. Only this file knows these platforms and the demo environment. Pure.
 */
import { shellWord } from '../printable.ts'
import type { Platform } from './platform.ts'

export interface Advice {
  readonly restart: string
  /** For a container that has exited. */
  readonly start: string
  /** For changed variables to take effect. */
  readonly recreate: string
  readonly rebuild: string
  /** Where the log is; a noun phrase. */
  readonly log: string
  /** Lists the containers that run next to it. */
  readonly neighbours: string
  /** Shows whether the container was killed because it ran out of memory. */
  readonly killedForMemory: string
  readonly volumeUsers: string
  readonly deleteVolume: string
  /** Where its variables are set; a noun phrase. */
  readonly environment: string
  /** The host name of a source, as seen from inside. */
  readonly sourceHost: string
  readonly network: string
  /** Commands that load the source data and create the external tables; empty outside the demo environment. */
  readonly demoData: string
  readonly demoTables: string
  readonly variable: (name: string, value: string) => string
  readonly setting: Settings
  /** Runs a command in the running container. */
  readonly inside: (command: string, user?: string) => string
  /** Runs a command in a login shell of the administrator, with the Greenplum tools in PATH. */
  readonly asAdministrator: (user: string, command: string) => string
  /** Runs a program on the volume of a container that is not running. */
  readonly beside: (program: string, words: string, user?: string) => string
  /** One after the other, each only if the previous one succeeded. */
  readonly inOrder: (...steps: readonly string[]) => string
}

/** The setting that gives the container what it lacks. */
interface Settings {
  readonly hostname: (name: string) => string
  readonly volume: (path: string) => string
  readonly writableVolume: (path: string) => string
  readonly writableMount: (path: string) => string
  /** A writable folder, empty. */
  readonly emptyMount: (path: string) => string
  /** A writable folder, with what the image has there. */
  readonly filledMount: (path: string) => string
  readonly memory: (gibibytes: number) => string
  readonly sharedMemory: string
  readonly openFiles: string
  readonly semaphores: string
  readonly stopTime: string
  readonly imageUser: string
  readonly diskSpace: (path: string) => string
}

export function adviceFor({ kind, container }: Platform): Advice {
  switch (kind) {
    case 'compose':
      return compose(container)
    case 'docker':
      return docker(container)
    case 'kubernetes':
      return kubernetes(container)
    case 'unknown':
      return anywhere
  }
}

const semaphores = '500 1024000 200 4096'
const inFile = (line: string) => `in the compose file: ${line}`
const chained = (...steps: readonly string[]): string => steps.join(' && ')
const login = (user: string, command: string) => `su - ${user} -c ${shellWord(command)}`

/** The service of the demo environment is called `greenplum`, its volume `greenplum_data`. */
const compose = (service: string): Advice => ({
  restart: `docker compose restart ${service}`,
  start: `docker compose up -d ${service}`,
  recreate: `docker compose up -d --force-recreate ${service}`,
  rebuild: `docker compose build ${service}`,
  log: `docker compose logs ${service}`,
  neighbours: 'docker compose ps',
  killedForMemory: `docker inspect -f '{{.State.OOMKilled}}' $(docker compose ps -aq ${service})`,
  volumeUsers: 'docker ps --filter volume=<name of the volume>',
  deleteVolume: 'docker compose down --volumes',
  environment: '.env or the compose file',
  sourceHost: 'the service name of the source, such as bookings-db; the Docker host is host.docker.internal',
  network: 'the same Compose network',
  demoData: 'in the demo environment: make bookings-init',
  demoTables: 'in the demo environment: make ddl-gp',
  variable: (name, value) => inFile(`${name}: "${value}"`),
  setting: {
    hostname: (name) => inFile(`hostname: ${name}`),
    volume: (path) => inFile(`volumes: - ${service}_data:${path}`),
    writableVolume: (path) => `in the compose file, without ":ro": - ${service}_data:${path}`,
    writableMount: (path) => `in the compose file, remove ":ro" from the volume of ${path}`,
    emptyMount: (path) => inFile(`tmpfs: - ${path}`),
    filledMount: (path) => `${inFile(`volumes: - ${path}`)} (Docker fills it from the image)`,
    memory: (gibibytes) => inFile(`mem_limit: ${gibibytes}g`),
    sharedMemory: inFile('shm_size: 1gb'),
    openFiles: inFile('ulimits: { nofile: 65536 }'),
    semaphores: inFile(`sysctls: { kernel.sem: "${semaphores}" }`),
    stopTime: `${inFile('stop_grace_period: 2m')}; by hand: docker stop -t 120`,
    imageUser: 'do not set --user (in the compose file: user:)',
    diskSpace: (path) => `make room on the disk of ${path}, for instance with \`docker system prune\``,
  },
  inside: (command, user) =>
    `docker compose exec ${user === undefined ? '' : `-T --user ${user} `}${service} ${command}`,
  asAdministrator: (user, command) => `docker compose exec ${service} ${login(user, command)}`,
  beside: (program, words, user) =>
    `docker compose run --rm --no-deps ${user === undefined ? '' : `--user ${user} `}--entrypoint ${program} ${service} ${words}`,
  inOrder: chained,
})

/** Also for a Compose container without CONTAINER_PLATFORM=compose. */
const docker = (container: string): Advice => ({
  restart: `docker restart ${container}`,
  start: `docker start ${container}`,
  recreate: `docker rm -f ${container}, then docker run with the new values`,
  rebuild: 'docker build',
  log: `docker logs ${container}`,
  neighbours: 'docker ps',
  killedForMemory: `docker inspect -f '{{.State.OOMKilled}}' ${container}`,
  volumeUsers: 'docker ps --filter volume=<name of the volume>',
  deleteVolume: 'docker rm the container and docker volume rm its volume',
  environment: 'the environment of the container (docker run -e)',
  sourceHost: 'the host of the source; the Docker host is host.docker.internal',
  network: 'the same Docker network',
  demoData: '',
  demoTables: '',
  variable: (name, value) => `docker run -e ${shellWord(`${name}=${value}`)}`,
  setting: {
    hostname: (name) => `docker run --hostname ${name} (in a compose file: hostname: ${name})`,
    volume: (path) => `docker run -v <volume>:${path}`,
    writableVolume: (path) => `docker run -v <volume>:${path}, without ":ro"`,
    writableMount: (path) => `remove ":ro" from the mount of ${path}`,
    emptyMount: (path) => `docker run --tmpfs ${path}`,
    filledMount: (path) => `docker run --volume ${path} (Docker fills it from the image)`,
    memory: (gibibytes) => `docker run --memory ${gibibytes}g (in a compose file: mem_limit: ${gibibytes}g)`,
    sharedMemory: 'docker run --shm-size 1g (in a compose file: shm_size: 1gb)',
    openFiles: 'docker run --ulimit nofile=65536 (in a compose file: ulimits: { nofile: 65536 })',
    semaphores: `docker run --sysctl kernel.sem="${semaphores}" (in a compose file: sysctls: { kernel.sem: "${semaphores}" })`,
    stopTime: 'docker stop -t 120 (in a compose file: stop_grace_period: 2m)',
    imageUser: 'do not set docker run --user',
    diskSpace: (path) => `make room on the disk of ${path}, for instance with \`docker system prune\``,
  },
  inside: (command, user) =>
    `docker exec ${user === undefined ? '' : `-i --user ${user} `}${container} ${command}`,
  asAdministrator: (user, command) => `docker exec ${container} ${login(user, command)}`,
  beside: (program, words, user) =>
    `docker run --rm --volumes-from ${container} ${user === undefined ? '' : `--user ${user} `}--entrypoint ${program} <image> ${words}`,
  inOrder: chained,
})

const kubernetes = (pod: string): Advice => ({
  restart: `kubectl delete pod ${pod} (its controller recreates it)`,
  start: 'kubectl scale its controller to 1 replica',
  recreate: 'kubectl apply the changed manifest',
  rebuild: 'rebuild the image and roll it out',
  log: `kubectl logs ${pod} (of the previous run: --previous)`,
  neighbours: 'kubectl get pods,services',
  killedForMemory: `kubectl describe pod ${pod} shows OOMKilled`,
  volumeUsers: 'kubectl describe pvc <claim> (Used By)',
  deleteVolume: 'kubectl delete the pod and its persistent volume claim',
  environment: 'env: of the container in the manifest',
  sourceHost: 'the service name of the source, as <service>.<namespace>.svc',
  network: 'this cluster, and does no network policy stand between',
  demoData: '',
  demoTables: '',
  variable: (name, value) => `in the manifest: env: [{ name: ${name}, value: "${value}" }]`,
  setting: {
    hostname: (name) =>
      `in the manifest of a Deployment: hostname: ${name} (a StatefulSet names its pods itself)`,
    volume: (path) => `in the manifest: volumeMounts: [{ name: <volume>, mountPath: ${path} }]`,
    writableVolume: (path) => `in the manifest: the volume mount of ${path} without readOnly`,
    writableMount: (path) => `in the manifest: the volume mount of ${path} without readOnly`,
    emptyMount: (path) => `in the pod: an emptyDir on ${path}`,
    filledMount: (path) =>
      `in the pod: an emptyDir on ${path}, which an init container of the same image fills from there`,
    memory: (gibibytes) => `in the manifest: resources: { limits: { memory: ${gibibytes}Gi } }`,
    sharedMemory: 'in the manifest: an emptyDir with medium: Memory and sizeLimit: 1Gi, mounted at /dev/shm',
    openFiles: 'raise the limit of open files (nofile) of the container runtime on the node to 65536',
    semaphores: `in the manifest: securityContext: { sysctls: [{ name: kernel.sem, value: "${semaphores}" }] }, allowed by the kubelet`,
    stopTime: 'in the manifest: terminationGracePeriodSeconds: 120',
    imageUser: 'do not set securityContext.runAsUser',
    diskSpace: (path) => `make the persistent volume of ${path} larger`,
  },
  inside: (command, user) =>
    `kubectl exec -i ${pod} -- ${user === undefined ? '' : `gosu ${user} `}${command}`,
  asAdministrator: (user, command) => `kubectl exec ${pod} -- ${login(user, command)}`,
  beside: (program, words, user) =>
    `in a pod with the same volume${user === undefined ? '' : `, as ${user}`}: ${program} ${words}`,
  inOrder: chained,
})

const anywhere: Advice = {
  restart: 'restart the container',
  start: 'start the container again',
  recreate: 'create the container again with the new values',
  rebuild: 'rebuild the image',
  log: 'the log of the container',
  neighbours: 'list the containers next to it',
  killedForMemory: 'ask the container runtime why it ended',
  volumeUsers: 'ask the container runtime for the containers that use the volume',
  deleteVolume: 'delete the container and its volume',
  environment: 'the environment of the container',
  sourceHost: 'the host name of the source, as this container resolves it',
  network: 'a network that this container is in',
  demoData: '',
  demoTables: '',
  variable: (name, value) => `set ${name} to ${value} in the environment of the container`,
  setting: {
    hostname: (name) => `give the container the host name ${name}`,
    volume: (path) => `mount the volume at ${path}`,
    writableVolume: (path) => `mount the volume at ${path} for writing`,
    writableMount: (path) => `mount ${path} for writing`,
    emptyMount: (path) => `mount something writable on ${path}`,
    filledMount: (path) => `mount something writable on ${path}, with what the image has there`,
    memory: (gibibytes) => `give the container ${gibibytes} GiB of memory`,
    sharedMemory: 'give the container 1 GiB of shared memory (/dev/shm)',
    openFiles: 'raise the limit of open files (nofile) of the container to 65536',
    semaphores: `set kernel.sem of the container to "${semaphores}"`,
    stopTime: 'give the container 2 minutes to stop',
    imageUser: 'do not set a user for the container',
    diskSpace: (path) => `make room on the disk of ${path}`,
  },
  inside: (command, user) => `in the container${user === undefined ? '' : `, as ${user}`}: ${command}`,
  asAdministrator: (user, command) => `in the container, in a shell of ${user}: ${command}`,
  beside: (program, words, user) =>
    `in a container with the same volume${user === undefined ? '' : `, as ${user}`}: ${program} ${words}`,
  inOrder: (...steps) => steps.join('; then: '),
}
