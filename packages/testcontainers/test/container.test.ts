/**
 * Whole starts with the real testcontainers library. `GREENPLUM_IMAGE` names an image that was built with
 * Dockerfile.greenplum; in the project itself `npm run test:image` runs these tests over the stand-in.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { getContainerRuntimeClient } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GreenplumContainer, type StartedGreenplumContainer } from '../src/index.ts'

const image = process.env['GREENPLUM_IMAGE'] ?? 'gp-supervisor/greenplum:6.27.1'

async function rowsOf(uri: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function containersOf(name: string): Promise<number> {
  const { container } = await getContainerRuntimeClient()
  return (await container.dockerode.listContainers({ all: true, filters: { name: [name] } })).length
}

/** Fails where the container becomes ready, or where something of it is left. */
async function errorOf(container: GreenplumContainer): Promise<string> {
  const name = `refused-${process.pid}`
  const error = await container
    .withName(name)
    .start()
    .then(
      async (ready) => void (await ready.stop()),
      (reason: unknown) => String(reason),
    )
  expect(await containersOf(name)).toBe(0)
  return error ?? 'the container became ready'
}

describe('a container with everything', () => {
  const password = "p@ss:w/rd '%"
  let folder = ''
  let gp: StartedGreenplumContainer

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'greenplum-'))
    mkdirSync(join(folder, 'servers/second'), { recursive: true, mode: 0o700 })
    writeFileSync(
      join(folder, 'servers/second/jdbc-site.xml'),
      '<configuration><property><name>jdbc.url</name><value>${env:SECOND_URL}</value></property></configuration>\n',
      { mode: 0o600 },
    )
    writeFileSync(
      join(folder, 'rows.sql'),
      'INSERT INTO public.t SELECT 7 WHERE NOT EXISTS (SELECT 1 FROM public.t)',
    )
    gp = await new GreenplumContainer(image)
      .withDatabase('dwh')
      .withPassword(password)
      .withPxfServer('src', {
        jdbcUrl: 'jdbc:postgresql://src/db?a=1&b=2',
        user: 'reader',
        password: '<secret>',
      })
      .withSeedServers(join(folder, 'servers'))
      .withEnvironment({ SECOND_URL: 'jdbc:postgresql://second/db' })
      .withInitSql('CREATE TABLE IF NOT EXISTS public.t (id int)')
      .withInitSql(join(folder, 'rows.sql'))
      .start()
  })

  afterAll(async () => {
    await gp.stop()
    rmSync(folder, { recursive: true })
  })

  it('lets the first query in, with the database, the login and the SQL', async () => {
    expect(
      await rowsOf(gp.getConnectionUri(), 'SELECT current_database(), current_user, id FROM public.t'),
    ).toEqual([{ current_database: 'dwh', current_user: 'gpadmin', id: 7 }])
  })

  it('refuses another password', async () => {
    const uri = gp.getConnectionUri().replace(encodeURIComponent(password), 'other')
    await expect(rowsOf(uri, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  it('tells where it is', () => {
    const [host, port] = [gp.getHost(), gp.getPort()]
    expect([gp.getDatabase(), gp.getUsername(), gp.getPassword()]).toEqual(['dwh', 'gpadmin', password])
    expect(gp.getConnectionUri()).toBe(
      `postgres://gpadmin:${encodeURIComponent(password)}@${host}:${port}/dwh`,
    )
  })

  it('has the servers of PXF, filled and escaped by the image', async () => {
    const read = async (path: string) => (await gp.exec(['cat', path])).output
    expect(await read('/data/pxf/servers/src/jdbc-site.xml')).toContain(
      '<name>jdbc.url</name><value>jdbc:postgresql://src/db?a=1&#38;b=2</value>',
    )
    expect(await read('/data/pxf/servers/src/jdbc-site.xml')).toContain('<value>&#60;secret&#62;</value>')
    expect(await read('/data/pxf/servers/second/jdbc-site.xml')).toContain('jdbc:postgresql://second/db')
    expect(
      (await gp.exec(['stat', '-c', '%a %U', '/data/pxf/servers/src/jdbc-site.xml'])).output.trim(),
    ).toBe('600 gpadmin')
  })

  it('is ready again after a restart', async () => {
    await gp.restart({ timeout: 60_000 })
    expect(await rowsOf(gp.getConnectionUri(), 'SELECT id FROM public.t')).toEqual([{ id: 7 }])
  })
})

it('a container that is reused after a stop is waited for anew', async () => {
  const reusable = () => new GreenplumContainer(image).withName(`reused-${process.pid}`).withReuse()
  const first = await reusable().start()
  await first.stop({ remove: false, timeout: 60_000 })
  const second = await reusable().start()
  try {
    expect(second.getId()).toBe(first.getId())
    expect(await rowsOf(second.getConnectionUri(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  } finally {
    await second.stop()
  }
})

describe('a start that fails says why, at once', () => {
  it('with a variable that cannot be used', async () => {
    expect(await errorOf(new GreenplumContainer(image).withDatabase('template0'))).toMatch(
      /^StartError: cannot start .+: the container ended with exit code 78\n(.*\n)*.*GREENPLUM_DATABASE_NAME is "template0"/,
    )
  })

  it('with SQL that fails', async () => {
    expect(await errorOf(new GreenplumContainer(image).withInitSql('SELECT 1 / 0'))).toMatch(
      /^StartError: cannot start .+: exit 78: .+90-001-init\.sql:1: division by zero/,
    )
  })

  it('with SQL that may not run at every start', async () => {
    const error = await errorOf(new GreenplumContainer(image).withInitSql('SELECT 1;\nDROP TABLE public.t'))
    expect(error).toMatch(/^StartError: cannot start .+: exit 78: .+90-001-init\.sql:2: /)
  })

  it('with something that does not come in time: what the probe says', async () => {
    const container = new GreenplumContainer(image)
      .withEnvironment({ READY_SQL: 'SELECT 1 FROM public.missing' })
      .withStartupTimeout(15_000)
    expect(await errorOf(container)).toMatch(
      /^StartError: cannot start .+: not ready after 15 s\nnot ready \(\w+\)\n(\w+: \w+ since .+\n)*data: \w+ since /,
    )
  })
})
