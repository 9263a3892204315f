/**
 * What keeps files from being seeded, and how far that reaches: a fault below servers/<name>/ keeps back that server
 * alone, any other the whole. Pure. Nothing here quotes a value.
 */
export interface SeedFault {
  /** The file or directory below PXF_BASE that it is about; empty where it is about the whole. */
  readonly path: string
  /** Where and what. */
  readonly text: string
  /** What to do about it; empty where the text says so. */
  readonly mend: string
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
  mend: '',
  origin: 'volume',
})

/** @param what to do with the thing that is wrong */
export const imageFault = (path: string, text: string, what = 'fix it'): SeedFault => ({
  path,
  text,
  mend: `${what} in the image and build it again`,
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

const sentence = ({ text, mend }: SeedFault): string => (mend === '' ? text : `${text}; ${mend}`)

/** One line a fault; what is in the way of several files is said once. */
export const describeFaults = (faults: readonly SeedFault[]): string[] => [...new Set(faults.map(sentence))]

/** As it is logged and shown among the findings of a run. */
export interface SeedFinding {
  readonly id: string
  readonly text: string
  readonly mend: string
}

export function findingOf({ server, onVolume, faults }: HeldBack): SeedFinding {
  const what = onVolume ? 'stays as it is on the volume' : 'is not seeded, and queries over it fail'
  const mends = [...new Set(faults.map(({ mend }) => mend).filter((mend) => mend !== ''))]
  return {
    id: `seed.server.${server}`,
    text: `server ${server} of PXF ${what}: ${[...new Set(faults.map(({ text }) => text))].join('; ')}`,
    mend: [...mends, 'then start the container again'].join('; '),
  }
}
