/**
 * docs/how-to/add-more-sources.md as its reader follows it: its own files, variables and tables, over the stand-in, and
 * every wrong step that it quotes a message of. Its text and the program's have to be the same, both ways.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../src/findings/finding.ts'
import { makeJar } from '../../src/pxf/jar.fixture.ts'
import { launchSupervisor } from '../../stand-in/launch.ts'
import { filesIn, quotedBelow } from '../docs/page-files.ts'
import { createRig, type Rig } from './rig.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/add-more-sources.md'), 'utf8')
const files = filesIn(page)
const driver = /^ +echo '\w{64} {2}(seed\/lib\/\S+\.jar)' \| sha256sum -c$/m.exec(page)?.[1] ?? ''
const ofPage = parseEnv(files.get('.env') ?? '') as Readonly<Record<string, string>>
const site = 'pxf/servers/shop/jdbc-site.xml'

const listeners: Server[] = []
afterEach(() => {
  for (const server of listeners.splice(0)) server.close()
})

/** A source, as far as the stand-in's PXF looks at one. */
async function source(): Promise<string> {
  const server = createServer((socket) => socket.destroy())
  listeners.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as { port: number }).port}`
}

/** The page's variables, with sources that there are. */
const environment = async (): Promise<Readonly<Record<string, string>>> => ({
  ...ofPage,
  SHOP_DB_HOST: await source(),
  CRM_DB_HOST: await source(),
  BOOKINGS_DB_HOST: await source(),
})

/** Steps 1 to 3. */
function follow(rig: Rig): void {
  const place = (path: string, content: string | Buffer) => {
    const file = join(rig.standIn.layout.seed, path.replace(/^seed\//, ''))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  place(driver, makeJar(['org/mariadb/jdbc/Driver.class']))
  for (const [path, text] of files) if (path.startsWith('seed/')) place(path, text)
}

type Variables = Readonly<Record<string, string>>

async function output(rig: Rig, variables: Variables, ...args: string[]): Promise<string> {
  const { root, environment: own } = rig.standIn
  const child = launchSupervisor({ root, environment: { ...own, ...variables }, args })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  return asInTheImage(rig, text)
}

const asInTheImage = (rig: Rig, text: string): string =>
  text.replaceAll(rig.standIn.layout.seed, '/opt/pxf-seed').replaceAll(rig.data, '/data')

async function examine(rig: Rig, variables: Variables): Promise<readonly Finding[]> {
  const { findings } = JSON.parse(await output(rig, variables, 'doctor', '--json')) as {
    readonly findings: readonly Finding[]
  }
  return findings
}

/** Lines of findings as the page quotes them, of servers, tables and the files of the image. */
const linesOf = (found: readonly Finding[]): string[] =>
  found
    .filter(({ id }) => /^(jdbc|tables)\.|^seeds\.server$/.test(id) && id !== 'jdbc.localhost')
    .flatMap(({ id, text, cause }) => (id === 'seeds.server' ? [text, `cause: ${cause}`] : [text]))

describe('the how-to about more sources', () => {
  it('has all its files, and passes on every variable that they use', () => {
    expect([...files.keys()]).toEqual([
      'seed/servers/shop/jdbc-site.xml',
      'seed/servers/crm/jdbc-site.xml',
      'docker-compose.override.yml',
      '.env',
    ])
    const used = [...files.values()].join('').matchAll(/\$\{env:(\w+)(:-)?/g)
    const placeholders = [...used].map(([, name = '', fallback]) => ({ name, fallback }))
    const passed = [...(files.get('docker-compose.override.yml') ?? '').matchAll(/^ +(\w+_DB_\w+):$/gm)]
    expect(new Set(passed.map(([, name]) => name))).toEqual(new Set(placeholders.map(({ name }) => name)))
    expect(new Set(Object.keys(ofPage))).toEqual(
      new Set(placeholders.flatMap(({ name, fallback }) => (fallback === undefined ? [name] : []))),
    )
  })

  it('adds two servers to which PXF logs in; every wrong step is reported in its words', async () => {
    const rig = await createRig()
    follow(rig)
    const right = await environment()
    const quoted = new Set<string>()
    /** @returns the lines of the findings, which the page has to have */
    const said = (lines: readonly string[]) => {
      const all = quotedBelow(page, 'What may go wrong')
      for (const line of lines) {
        expect(all).toContain(line)
        quoted.add(line)
      }
      expect(lines).not.toEqual([])
    }

    expect(await output(rig, {}, 'seed', '--check')).toContain('the files of the image can be used')
    said(await refusedByBuild(rig, 'servers/shop/jdbc-site.xml', (text) => text.replace('&amp;', '&')))
    said(await refusedByBuild(rig, 'servers/jdbc-site.xml', () => files.get(`seed/${shopFile}`) ?? ''))

    // A variable that is not set holds back its own server alone.
    const { SHOP_DB_PASSWORD: _, ...without } = right
    const first = rig.start(without)
    await first.answers('/readyz')
    said(linesOf(await examine(rig, without)))
    expect(await rig.file('pxf/servers/crm/jdbc-site.xml')).toContain(ofPage['CRM_DB_PASSWORD'])
    await first.stop()

    const run = rig.start(right)
    await run.answers('/readyz')
    for (const [name, location] of locations())
      await rig.query(
        `CALL pg_catalog.standin_create_external_table('public.${name}', 'id int', ARRAY['${location}'])`,
      )
    expect(linesOf(await examine(rig, right))).toEqual([])

    const path = join(rig.data, site)
    const whole = readFileSync(path, 'utf8')
    const faults = join(rig.standIn.layout.state, 'faults.env')
    const wrong = async (from: RegExp, to: string, knobs = '') => {
      writeFileSync(path, whole.replace(from, to))
      expect(readFileSync(path, 'utf8') === whole).toBe(from.source === 'none')
      writeFileSync(faults, knobs)
      const lines = linesOf(await examine(rig, right)).filter((line) => line.includes('shop'))
      writeFileSync(path, whole)
      writeFileSync(faults, '')
      return lines
    }
    said(await wrong(/jdbc:mariadb:/, 'jdbc:mysql:'))
    said(await wrong(/none/, '', `STANDIN_SOURCE_PASSWORD=another\n`))
    said(await wrong(/none/, '', 'STANDIN_SOURCE=no-database\n'))
    said(await wrong(/127\.0\.0\.1:\d+/, 'shop-db.invalid:3306'))
    said((await wrong(/127\.0\.0\.1:\d+/, '127.0.0.1:1')).filter((line) => !line.includes('itself')))

    const jar = join(rig.data, 'pxf', driver.replace(/^seed\//, ''))
    writeFileSync(jar, makeJar(['org/example/Other.class']))
    said(linesOf(await examine(rig, right)))
    writeFileSync(jar, '<html>404 Not Found</html>')
    said(linesOf(await examine(rig, right)))
    writeFileSync(jar, makeJar(['org/mariadb/jdbc/Driver.class']))

    for (const [name, options] of [
      ['wrong_server', 'PROFILE=JDBC&SERVER=shpo'],
      ['wrong_profile', 'PROFILE=JDCB&SERVER=shop'],
    ])
      await rig.query(
        `CALL pg_catalog.standin_create_external_table('public.${name}', 'id int', ARRAY['pxf://shop.orders?${options}'])`,
      )
    said(linesOf(await examine(rig, right)))
    expect(quoted).toEqual(new Set(quotedBelow(page, 'What may go wrong')))
    expect(await run.stop()).toBe(0)
  })
})

const shopFile = 'servers/shop/jdbc-site.xml'

/** @returns what `make build` says of the files of the image with this one, which is then as it was */
async function refusedByBuild(
  rig: Rig,
  path: string,
  change: (text: string) => string,
): Promise<readonly string[]> {
  const file = join(rig.standIn.layout.seed, path)
  const before = files.get(`seed/${path}`)
  writeFileSync(file, change(before ?? ''))
  const text = await output(rig, {}, 'seed', '--check')
  if (before === undefined) rmSync(file)
  else writeFileSync(file, before)
  return [...text.matchAll(/^ {2}- (.*)$/gm)].map(([, line = '']) => line)
}

/** Of the page's own tables, by name. */
const locations = (): [string, string][] =>
  [...page.matchAll(/CREATE EXTERNAL TABLE public\.(\w+) [^\n]*\n +LOCATION \('([^']+)'\)/g)].map(
    ([, name = '', location = '']) => [name, location],
  )
