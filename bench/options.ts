/** The command line and the environment of a run. */
import { parseArgs } from 'node:util'

export const volumeKinds = ['named volume', 'bind mount', 'tmpfs'] as const
export type VolumeKind = (typeof volumeKinds)[number]

/** The project's image with an environment of its own. */
export interface Variant {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
}

export interface Options {
  /** A real base image; the stand-in where there is none. */
  readonly base: string | undefined
  /** How the base is called in the result. */
  readonly name: string
  readonly rounds: number
  readonly volume: VolumeKind
  readonly variants: readonly Variant[]
  readonly json: string | undefined
  readonly without: ReadonlySet<string>
}

export const usage = `A plain base image under its own entrypoint and this project's image, side by side and in turn.

  npm run bench -- [options]

  --volume KIND        where the data lies: ${volumeKinds.map((kind) => kind.split(' ')[0]).join(', ')} (default: named)
  --env NAME=VALUE     for the project's image; may be repeated
  --variant NAME:NAME=VALUE,NAME=VALUE
                       the project's image once more, with this environment; may be repeated
  --name TEXT          how the base is called in the result (default: its name)
  --without WHAT       leaves out rows, image or pxf (its death); may be repeated
  --json FILE          writes every value
  --help

  BENCH_IMAGE=NAME     a real base image; without it, the stand-in
  BENCH_ROUNDS=N       rounds of each side (default: 5)
`

/** Undefined when help was asked for. @throws on what nobody knows */
export function parseOptions(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options | undefined {
  const repeated = { type: 'string', multiple: true, default: [] as string[] } as const
  const { values } = parseArgs({
    args: [...words],
    options: {
      volume: { type: 'string', default: 'named' },
      env: repeated,
      variant: repeated,
      without: repeated,
      name: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const common = assignments(values.env)
  const [base, rounds] = [environment['BENCH_IMAGE'] ?? '', Number(environment['BENCH_ROUNDS'] ?? 5)]
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('BENCH_ROUNDS takes a whole number from 1 on')
  return {
    base: base === '' ? undefined : base,
    name: values.name ?? (base === '' ? 'the stand-in' : base),
    rounds,
    volume: kindOf(values.volume),
    variants: [
      { name: 'gp-supervisor', environment: common },
      ...values.variant.map((text) => {
        const [name = '', more = ''] = text.split(/:(.*)/s)
        return { name, environment: { ...common, ...assignments(more.split(',').filter(Boolean)) } }
      }),
    ],
    json: values.json,
    without: new Set(values.without.map(known)),
  }
}

function kindOf(text: string): VolumeKind {
  const kind = volumeKinds.find((name) => name.split(' ')[0] === text)
  if (kind === undefined) throw new Error(`--volume takes named, bind or tmpfs, not ${JSON.stringify(text)}`)
  return kind
}

function known(what: string): string {
  if (!['rows', 'image', 'pxf'].includes(what))
    throw new Error(`--without takes rows, image or pxf, not ${what}`)
  return what
}

function assignments(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined)
        throw new Error(`${JSON.stringify(text)} is no NAME=VALUE`)
      return [name, value]
    }),
  )
}
