/**
 * The images that the tests need: a minimal Debian, look-alikes of the Node, PostgreSQL and Prometheus images, the stand-in of the
 * base image (or a real one, IMAGE_TESTS_BASE), and over it the project's own, by its own Dockerfile and compose file.
 * None of them is pulled, but for a real base image that the engine lacks.
 * Each has a second name with the hash of what went into it, under which it is found again the next time.
 */
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { realBase } from './base.ts'
import { debianRoot } from './debian.ts'
import { ownLabel, type Engine } from './engine.ts'
import { SetupMissing, cacheDirectory, contentHash, repository, run, say, succeeds } from './host.ts'

/** As the project's files call them; none of them can be had without a registry. */
export const tags = {
  debian: 'debian:bookworm-slim',
  node: 'node:24-bookworm-slim',
  postgres: 'postgres:16',
  airflow: 'apache/airflow:3.3.2',
  prometheus: 'prom/prometheus:v3.16.0',
  standIn: 'stand-in-greenplum',
  base: 'woblerr/greenplum:6.27.1',
} as const
export const standImage = 'gp-supervisor/greenplum:6.27.1'
/** What the project's image is built over. */
export const baseImage = realBase ?? tags.base
/** Look-alikes of base images of other families (look-alikes/family.sh), made from the stand-in. */
export const otherFamilies = ['greengage6', 'greengage7', 'warehousepg7', 'cloudberry'] as const
/** The project's image over one of them. */
export const familyImage = (family: (typeof otherFamilies)[number]): string =>
  `gp-supervisor/greenplum:over-${family}`
/** An engine where somebody else has these is not ours to use. */
export const claimedTags = realBase === undefined ? [tags.base, standImage] : [standImage]

/** Waits of the real image times this: a first start takes seconds instead of a minute. */
export const timeScale = process.env['IMAGE_TESTS_TIME_SCALE'] ?? '0.05'

const lookAlikes = join(repository, 'test/image/look-alikes')
const npmPackage = 'npm@11'

interface Recipe {
  readonly tag: string
  readonly hash: string
  readonly make: (engine: Engine, recipe: Recipe) => Promise<void>
}

/** Builds what is missing. The engine needs the network only then. */
export async function prepareImages(engine: Engine): Promise<void> {
  await engine.use('for-testing')
  for (const recipe of planImages(await realBaseId(engine))) {
    await provide(engine, recipe)
    await forgetOlder(engine, recipe)
  }
}

/** Of each image the cache keeps the latest. */
async function forgetOlder({ docker, environment }: Engine, recipe: Recipe): Promise<void> {
  const [repositoryName = ''] = cacheName(recipe).split(':')
  const list = await run(docker, ['images', '--format', '{{.Repository}}:{{.Tag}}', repositoryName], {
    environment,
  })
  const older = list.split('\n').filter((name) => name !== '' && name !== cacheName(recipe))
  if (older.length > 0) await succeeds(docker, ['rmi', ...older], { environment })
}

const cacheName = ({ tag, hash }: Recipe) =>
  `gp-supervisor-image-tests/${tag.replaceAll(/[/:]/g, '-')}:${hash}`

/** In an engine of others the images keep their cache names only. */
export async function giveNamesBack(engine: Engine): Promise<void> {
  if (engine.own) return
  for (const tag of [...Object.values(tags), standImage, ...otherFamilies.map(familyImage)]) {
    const label = await labelOf(engine, tag)
    if (label !== undefined && label !== '') await succeeds(engine.docker, ['rmi', '--no-prune', tag])
  }
}

/** Empty for an image of others, undefined for none. */
async function labelOf({ docker, environment }: Engine, tag: string): Promise<string | undefined> {
  const format = `{{ index .Config.Labels "${ownLabel}" }}`
  const words = ['image', 'inspect', '--format', format, tag]
  return (await run(docker, words, { environment }).catch(() => undefined))?.trim()
}

async function provide(engine: Engine, recipe: Recipe): Promise<void> {
  const { docker, environment } = engine
  // The real Node or PostgreSQL is better than a look-alike.
  if (!engine.own && (await labelOf(engine, recipe.tag)) === '') return say(`taking ${recipe.tag} as it is`)
  if (!(await succeeds(docker, ['image', 'inspect', cacheName(recipe)], { environment }))) {
    await engine.use('for-building')
    say(`building ${recipe.tag}`)
    await recipe.make(engine, recipe)
    await run(docker, ['tag', recipe.tag, cacheName(recipe)], { environment })
  }
  await run(docker, ['tag', cacheName(recipe), recipe.tag], { environment })
}

/** Undefined over the stand-in. */
async function realBaseId(engine: Engine): Promise<string | undefined> {
  if (realBase === undefined) return undefined
  const { docker, environment } = engine
  const words = ['image', 'inspect', '--format', '{{ .Id }}', realBase]
  if (!(await succeeds(docker, words, { environment }))) {
    say(`pulling ${realBase}`)
    await engine.use('for-building')
    await run(docker, ['pull', '--quiet', realBase], { environment }).catch((error: unknown) => {
      throw new SetupMissing(`IMAGE_TESTS_BASE is ${realBase}, which cannot be had: ${String(error)}`)
    })
  }
  return (await run(docker, words, { environment })).trim()
}

/** Each hash takes in the hashes of what lies below. */
function planImages(ofBase: string | undefined): Recipe[] {
  const file = (name: string) => join(lookAlikes, name)
  const own = (paths: readonly string[]) => paths.map((path) => join(repository, path))
  const debian = contentHash([], ['bookworm minbase'])
  const node = contentHash([file('node.Dockerfile'), ...own(['package-lock.json'])], [debian, npmPackage])
  const postgres = contentHash([file('postgres.Dockerfile'), file('postgres-entrypoint.sh')], [debian])
  const airflowFiles = ['airflow.Dockerfile', 'airflow-requirements.txt']
  const airflow = contentHash(airflowFiles.map(file), [debian])
  const prometheus = contentHash([file('prometheus.Dockerfile')], [debian])
  const standIn = contentHash(own(['stand-in']), [debian, node])
  const base = contentHash(
    [file('greenplum.Dockerfile'), file('greenplum-entrypoint.sh')],
    [standIn, timeScale],
  )
  const ownFiles = ['Dockerfile.greenplum', 'docker-compose.yml', '.dockerignore', ...letIn()]
  const stand = contentHash(own(ownFiles), [ofBase ?? base])
  const standOver = (tag: string, hash: string, from: string): Recipe => ({
    tag,
    hash,
    make: (engine) => buildStand(engine, { tag, from }),
  })
  const familyRecipes = otherFamilies.flatMap((family) => {
    const files = ['family.Dockerfile', 'family.sh']
    const tag = `stand-in-family:${family}`
    const hash = contentHash(files.map(file), [base, family])
    return [
      { tag, hash, make: makeFrom('family', files.slice(1), [`FAMILY=${family}`]) },
      standOver(familyImage(family), contentHash(own(ownFiles), [hash]), tag),
    ]
  })
  const standInRecipes = [
    { tag: tags.standIn, hash: standIn, make: makeStandIn },
    {
      tag: tags.base,
      hash: base,
      make: makeFrom('greenplum', ['greenplum-entrypoint.sh'], [`TIME_SCALE=${timeScale}`]),
    },
  ]
  return [
    { tag: tags.debian, hash: debian, make: importDebian },
    { tag: tags.node, hash: node, make: makeNode },
    { tag: tags.postgres, hash: postgres, make: makeFrom('postgres', ['postgres-entrypoint.sh']) },
    { tag: tags.airflow, hash: airflow, make: makeAirflow },
    { tag: tags.prometheus, hash: prometheus, make: makeFrom('prometheus', []) },
    ...(ofBase === undefined ? standInRecipes : []),
    standOver(standImage, stand, baseImage),
    ...(ofBase === undefined ? familyRecipes : []),
  ]
}

/** What Dockerfile.greenplum may copy, and so all that it can copy. */
function letIn(): string[] {
  const ignore = readFileSync(join(repository, '.dockerignore'), 'utf8')
  return [...ignore.matchAll(/^!(.+)$/gm)].map(([, path = '']) => path)
}

const marked = ({ hash }: Recipe): string[] => ['--label', `${ownLabel}=${hash}`]

async function importDebian({ docker, environment }: Engine, recipe: Recipe): Promise<void> {
  const label = `LABEL ${ownLabel}=${recipe.hash}`
  await execa(docker, ['import', '--change', label, '-', recipe.tag], {
    env: environment,
    input: createReadStream(await debianRoot()),
  })
}

/** @param files beside the Dockerfile that go into the build */
function makeFrom(
  name: string,
  files: readonly string[],
  buildArguments: readonly string[] = [],
): Recipe['make'] {
  return async (engine, recipe) => {
    const stage = emptyStage(name)
    for (const file of [`${name}.Dockerfile`, ...files]) cpSync(join(lookAlikes, file), join(stage, file))
    await dockerBuild(engine, recipe, { stage, dockerfile: `${name}.Dockerfile`, buildArguments })
  }
}

async function makeNode(engine: Engine, recipe: Recipe): Promise<void> {
  const stage = emptyStage('node')
  cpSync(join(lookAlikes, 'node.Dockerfile'), join(stage, 'node.Dockerfile'))
  cpSync(join(repository, 'node_modules/node/bin/node'), join(stage, 'node'))
  await run('npm', ['pack', npmPackage, '--pack-destination', stage, '--silent'])
  const archive = readdirSync(stage).find((name) => name.endsWith('.tgz')) ?? ''
  mkdirSync(join(stage, 'npm'))
  await run('tar', ['-C', join(stage, 'npm'), '--strip-components=1', '-xzf', join(stage, archive)])
  rmSync(join(stage, archive))
  await passNpmSettings(stage)
  await dockerBuild(engine, recipe, { stage, dockerfile: 'node.Dockerfile' })
}

/** Which registry npm asks here, and whose certificates it trusts; no login, and nothing else. */
async function passNpmSettings(stage: string): Promise<void> {
  const setting = async (name: string): Promise<string> => {
    const value = (await run('npm', ['config', 'get', name], { cwd: repository })).trim()
    return value === 'null' || value === 'undefined' ? '' : value
  }
  const [registry, ownAuthority] = [await setting('registry'), await setting('cafile')]
  const trusted = passCertificates(stage, [ownAuthority, process.env['NODE_EXTRA_CA_CERTS'] ?? ''])
  writeFileSync(
    join(stage, 'npmrc'),
    `${registry === '' ? '' : `registry=${registry}\n`}${trusted ? `cafile=${authorities}\n` : ''}update-notifier=false\n`,
  )
}

/** The same for pip, from its variables. */
function passPipSettings(stage: string): void {
  const { PIP_INDEX_URL: index = '', PIP_CERT: ownAuthority = '' } = process.env
  const trusted = passCertificates(stage, [ownAuthority])
  const lines = [index === '' ? '' : `index-url = ${index}`, trusted ? `cert = ${authorities}` : '']
  writeFileSync(join(stage, 'pip.conf'), ['[global]', 'timeout = 120', ...lines, ''].join('\n'))
}

const authorities = '/etc/ssl/certs/ca-certificates.crt'

/** @returns whether there are any */
function passCertificates(stage: string, candidates: readonly string[]): boolean {
  const bundle = [...candidates, authorities].find((path) => path !== '' && existsSync(path))
  mkdirSync(join(stage, 'certificates'))
  if (bundle !== undefined)
    writeFileSync(join(stage, 'certificates/ca-certificates.crt'), readFileSync(bundle, 'utf8'))
  return bundle !== undefined
}

async function makeAirflow(engine: Engine, recipe: Recipe): Promise<void> {
  const stage = emptyStage('airflow')
  for (const file of ['airflow.Dockerfile', 'airflow-requirements.txt'])
    cpSync(join(lookAlikes, file), join(stage, file))
  passPipSettings(stage)
  await dockerBuild(engine, recipe, { stage, dockerfile: 'airflow.Dockerfile' })
}

async function makeStandIn(engine: Engine, recipe: Recipe): Promise<void> {
  await dockerBuild(engine, recipe, { stage: join(repository, 'stand-in'), dockerfile: 'Dockerfile' })
}

function emptyStage(name: string): string {
  const stage = join(cacheDirectory, 'stage', basename(name))
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  return stage
}

interface Build {
  readonly stage: string
  readonly dockerfile: string
  readonly buildArguments?: readonly string[]
}

async function dockerBuild({ docker, environment }: Engine, recipe: Recipe, build: Build): Promise<void> {
  const buildArguments = (build.buildArguments ?? []).flatMap((words) => ['--build-arg', words])
  const words = ['build', '--network', 'host', '--pull=false', ...marked(recipe), ...buildArguments]
  await run(docker, [...words, '-f', join(build.stage, build.dockerfile), '-t', recipe.tag, build.stage], {
    environment,
  })
}

/** The project's own files as they are; only the network of the build and the name are put beside them. */
async function buildStand(
  { docker, environment }: Engine,
  { tag, from }: { readonly tag: string; readonly from: string },
): Promise<void> {
  const override = join(cacheDirectory, 'build-network.yml')
  writeFileSync(override, `services:\n  greenplum:\n    image: ${tag}\n    build:\n      network: host\n`)
  const files = ['-f', join(repository, 'docker-compose.yml'), '-f', override]
  await run(docker, ['compose', ...files, 'build', 'greenplum'], {
    environment: { ...environment, GP_BASE_IMAGE: from },
    cwd: repository,
  })
}
