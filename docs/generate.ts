/** Writes the generated pages of `docs/`: `npm run docs`. A unit test fails when one of them is stale. */
import { writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import * as z from 'zod'
import { environmentSchema } from '../src/config/schema.ts'

const head = `<!-- Generated from src/config/schema.ts by \`npm run docs\`; do not edit. -->

# Environment variables

The program is configured by these variables alone. An empty variable counts as not set. All faults are reported together, with exit code 78, and misspelt names with "did you mean". \`gp-supervisor config\` prints the configuration as resolved, with the password masked.

In the demo environment, Compose sets them from the names in \`.env\`; see [.env.example](../../.env.example).

The scripts of the base image use \`GREENPLUM_USER\`, \`GREENPLUM_DATABASE_NAME\`, \`GREENPLUM_DATA_DIRECTORY\` and \`GREENPLUM_SEG_PREFIX\` without quotes, so these four are checked strictly before anything is written.
`

/** Each generated page, by its path in the repository. */
export const pages = { 'docs/reference/environment.md': environmentPage } as const

export async function environmentPage(): Promise<string> {
  const variables = Object.entries<z.ZodType>(environmentSchema.shape)
  const table = variables.map(
    ([name, schema]) => `| [\`${name}\`](#${name.toLowerCase()}) | ${defaultOf(schema)} |`,
  )
  const sections = variables.map(([name, schema]) => section(name, schema))
  const text = [head, '| variable | default |', '| --- | --- |', ...table, '', ...sections].join('\n')
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' })
}

function section(name: string, schema: z.ZodType): string {
  const description = noteOf(schema, 'description')
  if (description === undefined) throw new Error(`cannot document ${name}: it has no description`)
  const see = noteOf(schema, 'see')
  const details = see === undefined ? '' : ` Details: [${see.replace(/^(\.\.\/)+/, '')}](${see}).`
  return `## ${name}\n\n${description}${details}\n\n- Default: ${defaultOf(schema)}\n- Allowed: ${allowedIn(name, schema)}\n`
}

function defaultOf(schema: z.ZodType): string {
  const fallback = noteOf(schema, 'fallback')
  if (fallback !== undefined) return fallback
  const { data } = schema.safeParse(undefined)
  if (data === undefined) return 'none'
  const isDuration = noteOf(schema, 'allowed')?.startsWith('a duration') === true
  return `\`${isDuration ? duration(Number(data)) : shown(data)}\``
}

/** Values and notes are texts and numbers; anything else is a mistake in the schema. */
function shown(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`
  throw new Error(`cannot document a value of type ${typeof value}`)
}

const duration = (ms: number): string =>
  ms % 60_000 === 0 && ms > 60_000 ? `${ms / 60_000}m` : `${ms / 1000}s`

function allowedIn(name: string, schema: z.ZodType): string {
  const [values] = layersOf(schema).flatMap((layer) => (layer instanceof z.ZodEnum ? [layer.options] : []))
  const allowed = values?.map((value) => `\`${value}\``).join(', ') ?? noteOf(schema, 'allowed')
  if (allowed === undefined) throw new Error(`cannot document ${name}: it has no allowed values`)
  return allowed
}

/** What the schema, or the outermost schema that it wraps, is annotated with. */
function noteOf(schema: z.ZodType, key: string): string | undefined {
  const note = layersOf(schema)
    .map((layer) => layer.meta()?.[key])
    .find((found) => found !== undefined)
  return note === undefined ? undefined : shown(note)
}

/** The schema, and below it what a default or an optional one wraps. */
function layersOf(schema: z.ZodType): z.ZodType[] {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? [schema, ...layersOf(schema.unwrap() as z.ZodType)]
    : [schema]
}

if (import.meta.main) {
  for (const [path, page] of Object.entries(pages)) {
    await writeFile(new URL(`../${path}`, import.meta.url), await page())
  }
}
