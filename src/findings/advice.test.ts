import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adviceFor } from './advice.ts'
import { detectPlatform } from './platform.ts'

const bare = {
  given: undefined,
  environment: {},
  hostname: 'gpdbsne',
  isOnlyHost: true,
  exists: () => false,
}

describe('the platform', () => {
  it.each([
    ['unknown', {}],
    ['docker', { exists: (path: string) => path === '/.dockerenv' }],
    ['docker', { exists: (path: string) => path === '/run/.containerenv' }],
    ['kubernetes', { environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }],
    ['kubernetes', { exists: (path: string) => path.includes('serviceaccount') || path === '/.dockerenv' }],
    ['compose', { given: 'compose' as const, exists: (path: string) => path === '/.dockerenv' }],
    ['docker', { given: 'docker' as const, environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } }],
  ])('is %s where %o is seen', (kind, seen) => {
    expect(detectPlatform({ ...bare, ...seen }).kind).toBe(kind)
  })

  it.each([
    ['compose', 'gpdbsne', 'greenplum'],
    ['docker', '0123456789ab', '0123456789ab'],
    ['docker', 'gpdbsne', '<container>'],
    ['kubernetes', 'greenplum-0', 'greenplum-0'],
    ['kubernetes', 'standby-0.hosts.dwh.svc.cluster.local', 'standby-0'],
    ['kubernetes', 'a; id', '<pod>'],
  ] as const)('calls the container of %s on host %s %s', (given, hostname, container) => {
    expect(detectPlatform({ ...bare, given, hostname }).container).toBe(container)
  })

  it('calls the service of one of several hosts as the host', () => {
    expect(
      detectPlatform({ ...bare, given: 'compose', hostname: 'standby', isOnlyHost: false }).container,
    ).toBe('standby')
  })
})

const platforms = ['compose', 'docker', 'kubernetes', 'unknown'] as const
const everyWord = (kind: (typeof platforms)[number]): string[] => {
  const words = (value: unknown): string[] => {
    if (typeof value === 'string') return [value]
    if (typeof value === 'function') return [(value as (...given: string[]) => string)('a', 'b', 'c')]
    return Object.values(value as object).flatMap(words)
  }
  return words(adviceFor({ kind, container: 'c' }))
}

describe('advice', () => {
  it.each([
    ['docker', /docker compose|kubectl|\bmake (?:up|b)/],
    ['kubernetes', /docker|compose/i],
    ['unknown', /docker|compose|kubectl/i],
    ['compose', /kubectl/],
  ] as const)('for %s names nothing of the others', (kind, others) => {
    expect(everyWord(kind).filter((words) => others.test(words))).toEqual([])
  })

  it('quotes a command for the shells that it passes through', () => {
    const { asAdministrator } = adviceFor({ kind: 'compose', container: 'greenplum' })
    expect(asAdministrator('gpadmin', 'pxf start')).toBe(
      "docker compose exec greenplum su - gpadmin -c 'pxf start'",
    )
    expect(asAdministrator('gpadmin', "psql -d 'a b'")).toBe(
      `docker compose exec greenplum su - gpadmin -c 'psql -d '\\''a b'\\'''`,
    )
  })

  it('chains commands where there is a command line, and says so where there is none', () => {
    const steps = (kind: (typeof platforms)[number]) => adviceFor({ kind, container: 'c' }).inOrder('a', 'b')
    expect(platforms.map(steps)).toEqual(['a && b', 'a && b', 'a && b', 'a; then: b'])
  })
})

const src = join(import.meta.dirname, '..')
const targets = [...readFileSync(join(src, '../Makefile'), 'utf8').matchAll(/^([a-z-]+):.*##/gm)]
  .map(([, target]) => target)
  .join('|')
/** A target of the Makefile, the Compose file and its service, a command of an engine, the demo's variables. */
const ofOnePlace = new RegExp(
  String.raw`\bmake (?:${targets})\b|\bcompose\b|\b(?:docker|podman) \w|\bkubectl\b|\bBOOKINGS_`,
  'i',
)

/** What reaches a reader: comments do not. */
const withoutComments = (code: string): string =>
  code.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')

const namesOnePlace = (code: string): string[] =>
  withoutComments(code)
    .split('\n')
    .filter((line) => ofOnePlace.test(line))

describe('code in general', () => {
  it('names no make, no Compose, no engine and no variable of the demo: that is left to advice.ts', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /(?<!\.test|\.fixture)\.ts$/.test(name) && !/^findings\/(advice|platform)\.ts$/.test(name),
    )
    expect(files.length).toBeGreaterThan(100)
    const found = files.flatMap((name) =>
      namesOnePlace(readFileSync(join(src, name), 'utf8')).map((line) => `${name}: ${line.trim()}`),
    )
    // The variable with which somebody says that it is Compose, and its page.
    expect(found.filter((line) => !line.startsWith('config/schema.ts'))).toEqual([])
  })

  it.each([
    "fix: 'wait until it has stopped, then: make up'",
    "fix: 'docker compose restart greenplum'",
    "fix: 'in the compose file: shm_size: 1gb'",
    "const text = 'docker stop -t 120'",
    "'set BOOKINGS_DB_USER'",
    "'kubectl delete pod'",
  ])('is found out where it does (control): %s', (line) => {
    expect(namesOnePlace(`const a = 1 // make up\n${line}\n`)).toEqual([line])
  })

  it('may say in a comment whatever explains it', () => {
    expect(namesOnePlace('/** `make up` asks for it. */\nconst a = 1 // as docker run does\n')).toEqual([])
  })
})
