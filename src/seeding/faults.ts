/**
 * What keeps files from being seeded, and how far that reaches: a fault below servers/<name>/ keeps back that server
 * alone, any other the whole. Pure. Nothing here quotes a value.
 */
import { exitCodes } from '../errors.ts'
import { FindingError } from '../findings/error.ts'
import { finding, type Finding } from '../findings/finding.ts'

export interface SeedFault {
  /** The file or directory below PXF_BASE that it is about; empty where it is about the whole. */
  readonly path: string
  /** Where and what. */
  readonly text: string
  /** What to do about it; empty where the text says so. */
  readonly fix: string
  /** What has to be changed. */
  readonly origin: 'image' | 'environment' | 'volume'
}

/** A server of PXF that is left as it is on the volume, or left out, while the rest is seeded. */
export interface HeldBack {
  readonly server: string
  /** It has files on the volume, with which PXF goes on. */
  readonly onVolume: boolean
  readonly faults: readonly SeedFault[]
}

export const serverOf = (path: string): string | undefined => /^servers\/([^/]+)/.exec(path)?.[1]

export const volumeFault = (path: string, text: string): SeedFault => ({
  path,
  text,
  fix: '',
  origin: 'volume',
})

/** @param what to do with the thing that is wrong */
export const imageFault = (path: string, text: string, what = 'fix it'): SeedFault => ({
  path,
  text,
  fix: `${what} in the image and build it again`,
  origin: 'image',
})

export interface Divided {
  readonly whole: readonly SeedFault[]
  readonly servers: ReadonlyMap<string, readonly SeedFault[]>
}

export function divide(faults: readonly SeedFault[]): Divided {
  const servers = new Map<string, SeedFault[]>()
  const whole: SeedFault[] = []
  for (const fault of faults) {
    const server = serverOf(fault.path)
    if (server === undefined) whole.push(fault)
    else servers.set(server, [...(servers.get(server) ?? []), fault])
  }
  return { whole, servers }
}

const sentence = ({ text, fix }: SeedFault): string => (fix === '' ? text : `${text}; ${fix}`)

/** One line a fault; what is in the way of several files is said once. */
export const describeFaults = (faults: readonly SeedFault[]): string[] => [...new Set(faults.map(sentence))]

/** What queries over a server without its site file say. */
const withoutSite = 'Required parameter jdbc.driver is missing or empty in jdbc-site.xml'

export function heldBackFinding({ server, onVolume, faults }: HeldBack): Finding {
  const isJdbc = faults.some(({ path }) => path.endsWith('/jdbc-site.xml'))
  const what = onVolume
    ? 'stays as it is on the volume'
    : `is not seeded, and queries over it fail${isJdbc ? ` with: ${withoutSite}` : ''}`
  const fixes = [...new Set(faults.map(({ fix }) => fix).filter((fix) => fix !== ''))]
  return finding('seeds.server', {
    severity: onVolume ? 'warning' : 'error',
    text: `server ${server} of PXF ${what}`,
    cause: [...new Set(faults.map(({ text }) => text))].join('; '),
    fix: [...fixes, 'then start the container again'].join('; '),
    where: `servers/${server}`,
  })
}

/** What would keep the next start from copying anything. */
export const obstacleFinding = (fault: SeedFault): Finding =>
  finding('seeds.in-the-way', { text: fault.text, fix: fault.fix, where: fault.path })

/** @throws FindingError that names every fault, if there is one */
export function refuseFaults(pxfBase: string, faults: readonly SeedFault[]): void {
  const lines = describeFaults(faults)
  const [first] = lines
  if (first === undefined) return
  const many = lines.length > 1
  const text = `cannot seed ${pxfBase}: ${many ? `${lines.length} faults` : first}`
  const refused = finding('seeds.fault', {
    text,
    cause: many ? lines.join('\n') : '',
    fix: 'fix each file as said, then start the container again',
    where: pxfBase,
  })
  throw new FindingError(many ? `${text}\n  - ${lines.join('\n  - ')}` : text, refused, {
    code: 'seed',
    exitCode: exitCodes.configuration,
  })
}
