/** Rows a second through PXF, out of a table of a PostgreSQL beside the containers. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineAccess } from '../test/image/setup/engine.ts'
import { run, succeeds } from '../test/image/setup/host.ts'
import { database, label, network, pause, type Container } from './container.ts'
import { summaryOf } from './statistics.ts'

const rows = 1_000_000
const repeats = 5
const source = 'gp-supervisor-bench-source'

/** @returns how to measure a container; the source goes with the network */
export async function startSource(
  { docker, environment }: EngineAccess,
  { image, folder }: { readonly image: string; readonly folder: string },
): Promise<(container: Container) => Promise<number>> {
  const call = (...words: string[]) => run(docker, words, { environment })
  const file = join(folder, 'source.sql')
  writeFileSync(
    file,
    `CREATE TABLE public.many AS SELECT g AS id, md5(g::text) AS a, md5((g + 1)::text) AS b, g * 1.5 AS c, now() AS d
     FROM generate_series(1, ${rows}) g; ANALYZE public.many;`,
    { mode: 0o644 },
  )
  const variables = ['POSTGRES_USER=bench', 'POSTGRES_PASSWORD=bench', 'POSTGRES_DB=bench']
  const words = variables.flatMap((variable) => ['--env', variable])
  await call('create', '--name', source, '--label', label, '--network', network, ...words, image)
  await call('cp', file, `${source}:/docker-entrypoint-initdb.d/many.sql`)
  await call('start', source)
  const ask = [
    'exec',
    source,
    'psql',
    '-h',
    '127.0.0.1',
    '-U',
    'bench',
    '-d',
    'bench',
    '-c',
    'SELECT 1 FROM many LIMIT 1',
  ]
  for (const limit = Date.now() + 120_000; !(await succeeds(docker, ask, { environment })); await pause(500))
    if (Date.now() > limit)
      throw new Error(`the source of the rows does not come up: ${await call('logs', source)}`)
  return measureRows
}

const table = `SET client_min_messages = warning;
DROP EXTERNAL TABLE IF EXISTS public.bench_many;
CREATE EXTERNAL TABLE public.bench_many (id integer, a text, b text, c numeric, d timestamp)
LOCATION ('pxf://public.many?PROFILE=JDBC&JDBC_DRIVER=org.postgresql.Driver&DB_URL=jdbc:postgresql://${source}:5432/bench&USER=bench&PASS=bench')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');`

/** The first queries warm the JVM up. */
async function measureRows(container: Container): Promise<number> {
  const query = `SELECT count(*), sum(length(a)) FROM public.bench_many;`
  const script = `psql -d ${database} -XqAt -v ON_ERROR_STOP=1 <<'SQL'
${table}
${query}
${query}
\\timing on
${Array.from({ length: repeats }, () => query).join('\n')}
SQL`
  const text = await container.bash(script, 'administrator')
  if (!text.includes(`${rows}|`)) throw new Error(`the source has not ${rows} rows: ${text.slice(0, 500)}`)
  return rows / (timesIn(text) / 1000)
}

/** The median of what `\timing` prints, in milliseconds. */
export function timesIn(text: string): number {
  const found = [...text.matchAll(/^Time: ([\d.,]+) ms/gm)].map(([, number = '']) =>
    Number(number.replace(',', '.')),
  )
  return summaryOf(found)?.median ?? NaN
}
