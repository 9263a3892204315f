/**
 * `share-classes`: makes the class data of PXF while an image is built, for the PXF and the Java of that image
 * (pxf/class-data.ts). PXF is started once without them, to learn which classes it loads.
 */
import { cp, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outputOf, runTool } from '../children/tool.ts'
import { SupervisorError, exitCodes, reasonOf } from '../errors.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import { readApplicationJar, type ApplicationJar } from '../pxf/application-jar.ts'
import { copyLibraries, libraryTime } from '../pxf/class-data-libraries.ts'
import { describeApplication, files, releaseOf, type Manifest } from '../pxf/class-data.ts'
import { withArchive } from '../pxf/jar-table.ts'
import { isHealthy, statusOf } from '../pxf/probe.ts'
import { waitUntil } from '../time.ts'
import type { CommandContext } from './command.ts'

interface Plan {
  readonly directory: string
  readonly pxfHome: string
  readonly javaHome: string
  readonly environment: Readonly<Record<string, string>>
  readonly jar: ApplicationJar
}

const startMs = 180_000
const stopMs = 30_000
const dumpMs = 300_000

export async function shareClasses({ config, environment, print }: CommandContext): Promise<number> {
  const { directory } = config.pxf.classData
  try {
    const tools = await readToolEnvironment(environment)
    const application = await describeApplication(await findApplication(config.pxf.home))
    const jar = await withArchive(application.path, readApplicationJar)
    const javaHome = tools['JAVA_HOME'] ?? ''
    if (javaHome === '') throw new Error('JAVA_HOME is not set in ~/.bashrc')
    await make({ directory, pxfHome: config.pxf.home, javaHome, environment: tools, jar }, application)
  } catch (error) {
    throw new SupervisorError(`cannot make the class data of PXF: ${reasonOf(error)}`, {
      code: 'share-classes',
      exitCode: exitCodes.configuration,
      cause: error,
    })
  }
  const { size } = await stat(join(directory, files.archive))
  print(`class data of PXF: ${join(directory, files.archive)}, ${Math.ceil(size / 1024 / 1024)} MiB`)
  return exitCodes.clean
}

async function findApplication(home: string): Promise<string> {
  const folder = join(home, 'application')
  const [name, ...more] = (await readdir(folder)).filter((each) => /^pxf-app-.*\.jar$/.test(each))
  if (name === undefined || more.length > 0) throw new Error(`${folder} has no pxf-app-*.jar, or several`)
  return join(folder, name)
}

/** The manifest comes last: without it there is no class data. */
async function make(plan: Plan, application: Manifest['application']): Promise<void> {
  const { directory, javaHome, jar } = plan
  const at = (name: string) => join(directory, name)
  const libraries = [...jar.libraries, ...jar.drivers]
  await mkdir(at(files.libraries), { recursive: true })
  await copyLibraries(at(files.libraries), { application, libraries })
  await writeFile(at(files.classes), jar.classes)
  await utimes(at(files.classes), libraryTime, libraryTime)
  const inFolder = ({ name }: { readonly name: string }) => join(at(files.libraries), name)
  const classPath = [at(files.classes), ...jar.libraries.map(inFolder)].join(':')
  const drivers = jar.drivers.map((driver) => `:${inFolder(driver)}`).join('')
  await dump(plan, { classPath, drivers })
  await emptyFolder(at(files.libraries))
  const manifest: Manifest = {
    version: 1,
    java: { home: javaHome, release: await releaseOf(javaHome) },
    application,
    libraries,
    contents: { folders: [...jar.contents.folders], files: [...jar.contents.files] },
  }
  const texts = {
    [files.classPath]: classPath,
    [files.drivers]: drivers,
    [files.mainClass]: jar.mainClass,
    [files.javaHome]: javaHome,
    [files.application]: application.path,
    [files.manifest]: JSON.stringify(manifest),
  }
  for (const [name, text] of Object.entries(texts)) await writeFile(at(name), `${text}\n`)
}

/** The folder itself stays. */
async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name))
}

interface Paths {
  readonly classPath: string
  readonly drivers: string
}

async function dump(plan: Plan, { classPath, drivers }: Paths): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'pxf-'))
  try {
    const list = join(base, 'classes')
    await listClasses(plan, { base, list, classPath: `${classPath}${drivers}` })
    const archive = `-XX:SharedArchiveFile=${join(plan.directory, files.archive)}`
    await runJava(plan, classPath, ['-Xshare:dump', `-XX:SharedClassListFile=${list}`, archive])
    // `on` fails where the archive cannot be used.
    await runJava(plan, classPath, ['-Xshare:on', archive, '-version'])
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function runJava(plan: Plan, classPath: string, words: readonly string[]): Promise<void> {
  const java = { command: join(plan.javaHome, 'bin/java'), arguments: words, timeoutMs: dumpMs }
  await outputOf({ ...java, environment: { ...plan.environment, CLASSPATH: classPath } }, runTool)
}

interface Listing {
  readonly base: string
  readonly list: string
  readonly classPath: string
}

/** Starts PXF with the settings of its installation until it responds. */
async function listClasses({ pxfHome, javaHome, environment, jar }: Plan, listing: Listing): Promise<void> {
  const { base, list, classPath } = listing
  for (const folder of ['lib', 'logs', 'run', 'servers', 'keytabs']) await mkdir(join(base, folder))
  await cp(join(pxfHome, 'conf'), join(base, 'conf'), { recursive: true })
  const port = await freePort()
  const done = new AbortController()
  const running = runTool({
    command: join(javaHome, 'bin/java'),
    arguments: [
      '-Xshare:off',
      `-XX:DumpLoadedClassList=${list}`,
      '-Xmx512m',
      '-Dsun.misc.URLClassPath.disableJarChecking=true',
      '-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager',
      `-Dlogging.config=${base}/conf/pxf-log4j2.xml`,
      jar.mainClass,
      `--spring.config.location=classpath:/application.properties,file:${base}/conf/pxf-application.properties`,
    ],
    environment: {
      ...environment,
      CLASSPATH: `${classPath}:${base}/conf`,
      PXF_HOME: pxfHome,
      PXF_BASE: base,
      PXF_LOGDIR: `${base}/logs`,
      PXF_PORT: String(port),
    },
    timeoutMs: startMs + stopMs,
    signal: done.signal,
  })
  const up = waitUntil(() => isHealthy(port), { ms: startMs, everyMs: 200, signal: done.signal })
  const failure = await Promise.race([
    running.then((ended) => ended.failure || 'PXF exited'),
    up.then((isUp) => (isUp ? faultOfReading(port) : `PXF does not respond within ${startMs / 1000} s`)),
  ])
  done.abort()
  await running
  if (failure !== '') throw new Error(failure)
}

/** Health says nothing of the controllers: a PXF in which Spring finds none of them is UP, too. */
async function faultOfReading(port: number): Promise<string> {
  const status = await statusOf(port, '/pxf/read')
  return status === undefined || status === 404
    ? `PXF is up, but has no /pxf/read (${status ?? 'no answer'})`
    : ''
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
