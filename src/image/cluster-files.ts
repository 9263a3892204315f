/** How a cluster of several hosts is created: what the start script and `gpinitsystem` get. Pure. */
import type { ImageProfile } from './profile.ts'

export interface Layout {
  readonly segmentHosts: readonly string[]
  readonly segmentsPerHost: number
  readonly mirrors: boolean
}

/** The number that the start script gives to a folder of segments. */
const folders = ({ segmentsPerHost }: Pick<Layout, 'segmentsPerHost'>): readonly string[] =>
  Array.from({ length: segmentsPerHost }, (_, index) => `${index}`.padStart(2, '0'))

/** The arguments of the start script on a segment host: its folders. */
export const segmentArguments = (layout: Omit<Layout, 'segmentHosts'>): readonly string[] =>
  (layout.mirrors ? ['primary', 'mirror'] : ['primary']).flatMap((role) =>
    folders(layout).map((folder) => `${folder}:${role}`),
  )

export interface Coordinator {
  readonly hostname: string
  readonly database: string
  readonly dataDirectory: string
  readonly segmentPrefix: string
  readonly coordinatorFolder: string
  readonly port: number
  /** As the release calls it. */
  readonly title: ImageProfile['coordinatorTitle']
}

const [primaryPort, mirrorPort] = [6000, 7000]

/** `gpinitsystem_config`, with the same values as that which the start script writes for one host. */
export function gpinitsystemConfig(layout: Layout, coordinator: Coordinator): string {
  const { dataDirectory, coordinatorFolder, title } = coordinator
  const directories = (role: string) =>
    folders(layout)
      .map((folder) => `${dataDirectory}/${folder}/${role}`)
      .join(' ')
  const mirrors = [
    `MIRROR_PORT_BASE=${mirrorPort}`,
    `declare -a MIRROR_DATA_DIRECTORY=(${directories('mirror')})`,
  ]
  const lines = [
    'ARRAY_NAME="Greenplum in docker"',
    `DATABASE_NAME=${coordinator.database}`,
    `SEG_PREFIX=${coordinator.segmentPrefix}`,
    `PORT_BASE=${primaryPort}`,
    `${title}_HOSTNAME=${coordinator.hostname}`,
    `${title}_DIRECTORY=${dataDirectory}/${coordinatorFolder}`,
    `${title}_PORT=${coordinator.port}`,
    'TRUSTED_SHELL=ssh',
    'CHECK_POINT_SEGMENTS=8',
    'ENCODING=UNICODE',
    `MACHINE_LIST_FILE=${dataDirectory}/${hostFileName}`,
    `declare -a DATA_DIRECTORY=(${directories('primary')})`,
    ...(layout.mirrors ? mirrors : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Below the data directory. */
export const hostFileName = 'hostfile_gpinitsystem'

/** One segment host a line. */
export const hostFile = ({ segmentHosts }: Pick<Layout, 'segmentHosts'>): string =>
  segmentHosts.map((host) => `${host}\n`).join('')
