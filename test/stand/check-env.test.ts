/** stand/check-env.sh: names in .env without effect, and what was meant. */
import { describe, expect, it } from 'vitest'
import { config, runScript, textOf } from './run-script.ts'

const check = (env: string, files: Record<string, string> = {}, environment: Record<string, string> = {}) =>
  runScript('check-env.sh', { files: { model: config, ...files }, env, environment })

const quiet = { code: 0, text: '' }

describe('names in .env', { timeout: 60_000 }, () => {
  it('of .env.example are all used, with the defaults of docker-compose.yml', async () => {
    const example = textOf('.env.example')
    expect(await check(example)).toEqual(quiet)
    const given = new Map(
      [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value]) => [name, value]),
    )
    const used = new Map(
      [...config.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', value]) => [name, value]),
    )
    expect([...given.keys()].toSorted()).toEqual([...used.keys()].toSorted())
    // The program itself has a default where the compose file has none.
    const own = [...given].filter(([name]) => used.get(name) !== '')
    expect(own).toEqual(own.map(([name]) => [name, used.get(name)]))
  })

  it.each([
    ['GREENPLUM_PASSWORD', 'docker-compose.yml does not use it; did you mean GP_PASSWORD?'],
    ['LOG_LEVEL', 'docker-compose.yml does not use it; did you mean GP_LOG_LEVEL?'],
    ['POSTGRES_USER', 'docker-compose.yml does not use it; did you mean BOOKINGS_DB_USER?'],
    ['BASE_IMAGE', 'docker-compose.yml does not use it; did you mean GP_BASE_IMAGE?'],
    ['GP_PASWORD', 'docker-compose.yml does not use it; did you mean GP_PASSWORD?'],
    ['pxf_seed_overwrite', 'docker-compose.yml does not use it; did you mean PXF_SEED_OVERWRITE?'],
    ['GREENPLUM_PXF_ENABLE', 'docker-compose.yml sets it to true itself'],
  ])('%s has no effect', async (name, said) => {
    expect(await check(`${name}=1\n`)).toEqual({
      code: 0,
      text: `warning: .env: ${name} has no effect: ${said}\n`,
    })
  })

  it('of another stand are listed in one line, without guesses at names that are there', async () => {
    const { text } = await check(
      'PG_DB=airflow\nGP_DB=gp_dwh\n  export AIRFLOW_USER=admin\r\nPXF_PORT = 5888\n',
    )
    expect(text).toBe(
      'warning: .env: docker-compose.yml uses none of these names, so they have no effect: PG_DB, AIRFLOW_USER, PXF_PORT\n',
    )
  })

  it.each([
    ['those of Compose itself', 'COMPOSE_PROJECT_NAME=x\nDOCKER_HOST=y\nBUILDKIT_PROGRESS=plain\n', ''],
    ['a literal that is the same', 'GREENPLUM_PXF_ENABLE="true" # as it is\n', ''],
    ['comments and lines without a value', '# GREENPLUM_USER=x\n\nGREENPLUM_PASSWORD\n', ''],
    [
      'what another compose file uses',
      'MY_IMAGE=x\nPASSED=1\nLISTED=2\n',
      '\n  x: ${MY_IMAGE}\n  PASSED: null\n  - LISTED\n',
    ],
    ['everything where env_file passes it on', 'ANYTHING=1\n', '\n    env_file:\n      - path: .env\n'],
  ])('%s are fine', async (_what, env, more) => {
    expect(await check(env, { model: config + more })).toEqual(quiet)
  })

  it('escaped in the compose file are the container’s own', async () => {
    const { text } = await check('POSTGRES_HOST=1\n', { model: `${config}\n  - psql "$$POSTGRES_HOST"\n` })
    expect(text).toContain('POSTGRES_HOST')
  })

  it('are compared with docker-compose.yml itself where Compose cannot read it', async () => {
    const withoutModel = (env: string) => runScript('check-env.sh', { files: {}, env })
    expect(await withoutModel(textOf('.env.example'))).toEqual(quiet)
    expect((await withoutModel('LOG_LEVEL=debug\n')).text).toContain('GP_LOG_LEVEL?')
  })

  it('are none where there is no .env', async () => {
    expect(await runScript('check-env.sh', { files: { model: config } })).toEqual(quiet)
  })

  it('come from the files of COMPOSE_ENV_FILES', async () => {
    const { text } = await check('GP_USR=a\n', {}, { COMPOSE_ENV_FILES: 'missing.env,/dev/null' })
    expect(text).toBe('')
    const other = await check('GP_USR=a\n', {}, { COMPOSE_ENV_FILES: '/dev/null,.env' })
    expect(other.text).toContain('GP_USER?')
  })
})

describe('a port with its address', { timeout: 60_000 }, () => {
  it.each([
    ['GP_HOST_PORT', '"127.0.0.1:5435"', '127.0.0.1', '5435'],
    ['BOOKINGS_DB_PORT', "'[::1]:5434' # here", '[::1]', '5434'],
  ])('in .env: %s=%s is refused, with the lines to write', async (name, written, address, port) => {
    expect(await check(`${name}=${written}\n`)).toEqual({
      code: 1,
      text:
        `.env: ${name} is "${address}:${port}", but it takes the port alone. The address has a variable of its own, for both services:\n` +
        `  GP_BIND=${address}\n  ${name}=${port}\n`,
    })
  })

  it.each([
    ['5434:5432', '  BOOKINGS_DB_PORT=5434\n'],
    ['127.0.0.1:5434:5432', '  GP_BIND=127.0.0.1\n  BOOKINGS_DB_PORT=5434\n'],
    ['0.0.0.0:', '  GP_BIND=0.0.0.0\n'],
    ['localhost:5434', '  BOOKINGS_DB_PORT=5434\n'],
    [':5434', '  BOOKINGS_DB_PORT=5434\n'],
  ])('in .env: of %s only what is an address is named as one', async (value, lines) => {
    const { code, text } = await check(`BOOKINGS_DB_PORT=${value}\n`)
    expect(code).toBe(1)
    const [first, ...rest] = text.split(/(?<=\n)/)
    expect(first).toContain(`BOOKINGS_DB_PORT is "${value}", but it takes the port alone.`)
    expect(rest.join('')).toBe(lines)
  })

  it('that comes from another variable is left to Compose', async () => {
    expect(await check('GP_HOST_PORT=${MY_PORT:-5435}\n')).toEqual(quiet)
  })

  it('in the shell counts, and wins over .env', async () => {
    const inShell = await check('GP_HOST_PORT=5435\n', {}, { GP_HOST_PORT: '0.0.0.0:5435' })
    expect(inShell.code).toBe(1)
    expect(inShell.text).toContain('  GP_BIND=0.0.0.0\n')
    expect(inShell.text).not.toContain('.env')
    expect(await check('GP_HOST_PORT=0.0.0.0:5435\n', {}, { GP_HOST_PORT: '5435' })).toEqual(quiet)
  })

  it('ends make up before Compose is asked for anything', async () => {
    const { code, text } = await runScript('up.sh', {
      files: { model: config },
      env: 'GP_HOST_PORT=127.0.0.1:5435\n',
    })
    expect(code).toBe(1)
    expect(text).toContain('GP_BIND=127.0.0.1')
  })
})

describe('the address of the page', { timeout: 60_000 }, () => {
  const warning =
    'warning: HEALTH_HOST is 127.0.0.1, so the page and the metrics answer inside the container alone; the default is 0.0.0.0\n'

  it('that only the container reaches, as older copies of .env.example have it, is pointed out', async () => {
    expect(await check('HEALTH_HOST=127.0.0.1\n')).toEqual({ code: 0, text: warning })
    expect(await check('HEALTH_HOST=0.0.0.0\n', {}, { HEALTH_HOST: '127.0.0.1' })).toEqual({
      code: 0,
      text: warning,
    })
  })

  it('that others reach is not', async () => {
    expect(await check('HEALTH_HOST=0.0.0.0\n')).toEqual(quiet)
    expect(await check('HEALTH_HOST=127.0.0.1\n', {}, { HEALTH_HOST: '0.0.0.0' })).toEqual(quiet)
  })
})
