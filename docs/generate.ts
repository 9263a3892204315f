/** Writes the generated pages of `docs/`: `npm run docs`. A unit test fails when one of them is stale. */
import { writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import * as z from 'zod'
import { usualVariables } from '../src/config/schema.ts'
import { entryOf, topicNames, topics, type FindingId, type Topic } from '../src/findings/catalogue.ts'
import { families } from '../src/image/families.ts'
import type { ImageProfile } from '../src/image/profile.ts'
import { logRecord } from '../src/logging/record.ts'

const head = `<!-- Generated from src/config/schema.ts by \`npm run docs\`; do not edit. -->

# Environment variables

The program is configured by these variables alone. An empty variable counts as not set. All faults are reported together, with exit code 78, and misspelt names with "did you mean". \`gp-supervisor config\` prints the configuration as resolved, with the password masked.

In the demo environment, Compose sets them from the names in \`.env\`; see [.env.example](../../.env.example).

${prefixes()}

The scripts of the base image use \`GREENPLUM_USER\`, \`GREENPLUM_DATABASE_NAME\`, \`GREENPLUM_DATA_DIRECTORY\` and \`GREENPLUM_SEG_PREFIX\` without quotes, so these four are checked strictly before anything is written.
`

/** Each generated page, by its path in the repository. */
export const pages = {
  'docs/reference/environment.md': environmentPage,
  'docs/reference/findings.md': findingsPage,
  'docs/reference/images.md': imagesPage,
  'docs/reference/log.schema.json': logSchema,
} as const

export async function environmentPage(): Promise<string> {
  const table = usualVariables.map(
    ([name, schema]) => `| [\`${name}\`](#${name.toLowerCase()}) | ${defaultOf(schema)} |`,
  )
  const sections = usualVariables.map(([name, schema]) => section(name, schema))
  const text = [head, '| variable | default |', '| --- | --- |', ...table, '', ...sections].join('\n')
  return formatted(text)
}

/** What begins otherwise in another family. */
function prefixes(): string {
  const [usual, ...others] = families
  const other = others
    .filter(({ prefix }) => prefix !== usual.prefix)
    .map(({ title, prefix }) => `\`${prefix}_\` with ${title}`)
  return `The names that begin with \`${usual.prefix}_\` are those of the base image. They begin with the prefix of its [family](images.md): ${other.join(', ')}.`
}

const imagesHead = `<!-- Generated from src/image/ by \`npm run docs\`; do not edit. -->

# Families of base images

What the program knows of the images that it can run in. It recognises the family by the files of the image; \`gp-supervisor config\` and \`/status\` name it. An image that resembles none is treated as the nearest one, with a warning that names [\`BASE_IMAGE_FAMILY\`](environment.md#base_image_family), which sets the family by hand.

A new family is one file in \`src/image/\` and its line in \`families.ts\` there.
`

const imagesTried = `
## What was tried

A look-alike is the stand-in of the base image with the names, folders and versions of that image. It shows that the image is built, recognised, started and stopped; what a real server of that product does differently, it cannot show. To use any of them in the demo environment, set \`GP_BASE_IMAGE\` in \`.env\`, then \`make build up\`; a volume of another family is refused, and stays as it is.
`

/** One row a fact, by which the families are compared. */
const facts: Readonly<Record<string, (profile: ImageProfile) => string>> = {
  '`BASE_IMAGE_FAMILY`': ({ family }) => code(family),
  'recognised by': ({ gphome, postgres }) => `PostgreSQL ${postgres} in ${code(gphome)}`,
  variables: ({ prefix }) => code(`${prefix}_*`),
  'start script': ({ startScript }) => code(startScript),
  'custom init scripts': ({ initScripts }) => code(initScripts),
  'coordinator, below the data directory': ({ layout, segmentPrefix }) =>
    code(`${layout.coordinatorFolder}/${segmentPrefix}-1`),
  'variables of its directory': ({ dataDirectoryVariables }) => dataDirectoryVariables.map(code).join(', '),
  'csv log, in each server directory': ({ logFolder }) => code(logFolder),
  'port, sockets': ({ coordinatorPort, socketDirectory }) => `${coordinatorPort}, ${code(socketDirectory)}`,
  PXF: ({ pxf }) => `${code(pxf.home)}, port ${pxf.port}`,
  'Java for PXF': ({ pxf }) => pxf.java.join(', '),
  'catalog of external tables': ({ sql }) => code(sql.externalTables),
}

const code = (text: string): string => `\`${text}\``

export async function imagesPage(): Promise<string> {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rows = Object.entries(facts).map(([name, fact]) => row([name, ...families.map(fact)]))
  const header = [
    row(['', ...families.map(({ title }) => title)]),
    row(['---', ...families.map(() => '---')]),
  ]
  const products = families.flatMap(({ family, products: images }) =>
    images.map(({ name, tried }) => row([name, code(family), tried])),
  )
  const triedTable = [
    row(['image of', 'family', 'how far it was tried']),
    row(['---', '---', '---']),
    ...products,
  ]
  return formatted([imagesHead, ...header, ...rows, imagesTried, ...triedTable].join('\n'))
}

const formatted = async (text: string, parser = 'markdown'): Promise<string> =>
  format(text, { ...(await resolveConfig(import.meta.filename)), parser })

/** A nested object may have further fields; a line may not. */
export async function logSchema(): Promise<string> {
  return formatted(JSON.stringify(z.toJSONSchema(logRecord, { io: 'input' })), 'json')
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

const findingsHead = `<!-- Generated from src/findings/catalogue/ by \`npm run docs\`; do not edit. -->

# Findings

A finding is what is wrong, in one shape wherever it is shown: in the log (message \`finding\`), in \`findings\` of [\`/status\`](http.md), in [\`gp-supervisor doctor\`](commands.md#doctor), and counted in the [metrics](metrics.md). Its keys are

| key | meaning |
| --- | --- |
| \`id\` | one of those below; it stays the same from version to version |
| \`severity\` | \`refuse\`: the supervisor does not start on it. \`error\`: something does not work. \`warning\`: it will not, or may not. \`note\`: good to know |
| \`text\` | what is wrong, with the words of the error that a user sees |
| \`cause\` | why; empty where the text says it |
| \`fix\` | the line of a file, or the command, that puts it right, for the [platform](environment.md#container_platform) it runs on |
| \`where\` | what it is about: a path, a database, a server of PXF, a component, a variable |

In the log the level is \`error\` for \`refuse\` and \`error\`, \`warn\` for \`warning\`, and \`info\` for \`note\`. The tables name the usual severity first. \`start\` and \`run\` stand for the supervisor, which finds it while it starts or later; \`doctor\` for the command.
`

const topicTitles: Readonly<Record<Topic, string>> = {
  configuration: 'Configuration',
  supervisor: 'Supervisor',
  volume: 'Volume and the previous stop',
  place: 'Host and container',
  database: 'Database',
  pxf: 'PXF',
  seeds: 'Seeds',
  jdbc: 'JDBC servers',
  tables: 'External tables',
  data: 'The query of READY_SQL',
}

export async function findingsPage(): Promise<string> {
  const sections = topicNames.map((topic) => {
    const rows = (Object.keys(topics[topic]) as FindingId[]).map(findingRow)
    const columns = ['| id | severity | found by | meaning | what to do |', '| --- | --- | --- | --- | --- |']
    return [`## ${topicTitles[topic]}`, '', ...columns, ...rows, ''].join('\n')
  })
  return formatted([findingsHead, ...sections].join('\n'))
}

function findingRow(id: FindingId): string {
  const { severities, by, title, fix } = entryOf(id)
  return `| \`${id}\` | ${severities.join(', ')} | ${by.join(', ')} | ${title} | ${fix} |`
}

if (import.meta.main) {
  for (const [path, page] of Object.entries(pages)) {
    await writeFile(new URL(`../${path}`, import.meta.url), await page())
  }
}
