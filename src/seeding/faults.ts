/**
 * What prevents files from being seeded, and its scope: a fault below servers/<name>/ holds back that server only, any
 * other fault everything. No text here quotes a value. Pure.
 */
import { exitCodes } from '../errors.ts'
import { FindingError } from '../findings/error.ts'
import { finding, type Finding } from '../findings/finding.ts'

export interface SeedFault {
  /** The affected file or directory below PXF_BASE; empty if everything is affected. */
  readonly path: string
  /** Where the fault is, and what it is. */
  readonly text: string
  /** How to fix it; empty if the text already says so. */
  readonly fix: string
  /** What needs to be changed. */
  readonly origin: 'image' | 'environment' | 'volume'
}

/** A PXF server that is not seeded, while the rest is. It stays as it is on the volume, or does not exist there. */
export interface HeldBack {
  readonly server: string
  /** It has files on the volume, which PXF continues to use. */
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

/** @param what the action that fixes the fault */
export const imageFault = (path: string, text: string, what = 'fix it'): SeedFault => ({
  path,
  text,
  fix: `${what} in the image, then rebuild it`,
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

/** One line per fault; a fault that affects several files is listed once. */
export const describeFaults = (faults: readonly SeedFault[]): string[] => [...new Set(faults.map(sentence))]

/** The error of queries over a server without its site file. */
const withoutSite = 'Required parameter jdbc.driver is missing or empty in jdbc-site.xml'

export function heldBackFinding({ server, onVolume, faults }: HeldBack): Finding {
  const isJdbc = faults.some(({ path }) => path.endsWith('/jdbc-site.xml'))
  const what = onVolume
    ? 'is not updated: the files on the volume stay in use'
    : `is not seeded, and queries over it fail${isJdbc ? ` with: ${withoutSite}` : ''}`
  const fixes = [...new Set(faults.map(({ fix }) => fix).filter((fix) => fix !== ''))]
  return finding('seeds.server', {
    severity: onVolume ? 'warning' : 'error',
    text: `PXF server ${server} ${what}`,
    cause: [...new Set(faults.map(({ text }) => text))].join('; '),
    fix: [...fixes, 'then start the container again'].join('; '),
    where: `servers/${server}`,
  })
}

/** What would prevent the next start from copying anything. */
export const obstacleFinding = (fault: SeedFault): Finding =>
  finding('seeds.in-the-way', { text: fault.text, fix: fault.fix, where: fault.path })

/** @throws FindingError with every fault, if there is any */
export function refuseFaults(pxfBase: string, faults: readonly SeedFault[]): void {
  const lines = describeFaults(faults)
  const [first] = lines
  if (first === undefined) return
  const many = lines.length > 1
  const text = `cannot seed ${pxfBase}: ${many ? `${lines.length} faults` : first}`
  const refused = finding('seeds.fault', {
    text,
    cause: many ? lines.join('\n') : '',
    fix: 'fix each file as described, then start the container again',
    where: pxfBase,
  })
  throw new FindingError(many ? `${text}\n  - ${lines.join('\n  - ')}` : text, refused, {
    code: 'seed',
    exitCode: exitCodes.configuration,
  })
}
