/**
 * Greenplum with PXF for tests, from an image made with gp-supervisor. Everything here is a variable or a file that the
 * image knows (docs/reference/).
 */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import {
  AbstractStartedContainer,
  GenericContainer,
  getContainerRuntimeClient,
  type StartedTestContainer,
} from 'testcontainers'
import { connectionUri } from './connection-uri.ts'
import { initSqlFile } from './init-sql.ts'
import { seedPxfServer, type PxfServer } from './pxf-server.ts'
import { Readiness, defaultStartupTimeoutMs, failureOf } from './readiness.ts'
import { StartError } from './start-failure.ts'

const port = 5432
const seedFolder = '/opt/pxf-seed'
const sqlFolder = '/opt/gp-seed/sql'
/** Docker's default is 64 MB, which Greenplum exceeds. It is a limit; nothing is set aside. */
const sharedMemoryBytes = 1024 ** 3
/** In the container all of this belongs to root, and the administrator has to read it. */
const readable = { file: 0o644, folder: 0o755 }

export class GreenplumContainer extends GenericContainer {
  #database = 'gp_dwh'
  #username = 'gpadmin'
  #password = 'test'
  #servers = 0
  #sqlFiles = 0
  #created: string | undefined

  /** @param image one that was built with gp-supervisor's `Dockerfile.greenplum` */
  constructor(image: string) {
    super(image)
    this.withExposedPorts(port)
    this.withSharedMemorySize(sharedMemoryBytes)
    this.withWaitStrategy(new Readiness(image))
    this.withStartupTimeout(defaultStartupTimeoutMs)
  }

  /** The database that is created if it is missing. Default: `gp_dwh`. */
  withDatabase(database: string): this {
    this.#database = database
    return this
  }

  /**
   * The administrator, which is also an account of the container's system. Default: `gpadmin`. With any other, the image
   * cannot use its prepared cluster: a start takes half a minute longer.
   */
  withUsername(username: string): this {
    this.#username = username
    return this
  }

  /** Default: `test`. */
  withPassword(password: string): this {
    this.#password = password
    return this
  }

  /**
   * Adds a JDBC server of PXF, for `LOCATION ('pxf://schema.table?PROFILE=JDBC&SERVER=<name>')`.
   * @throws Error where name, URL or driver cannot be used
   */
  withPxfServer(name: string, server: PxfServer): this {
    const { path, siteFile, environment } = seedPxfServer(name, server, ++this.#servers)
    const { driverJar } = server
    if (driverJar !== undefined) {
      mustBe('file', driverJar)
      const target = `${seedFolder}/lib/${basename(driverJar)}`
      this.withCopyFilesToContainer([{ source: driverJar, target, mode: readable.file }])
    }
    this.withCopyContentToContainer([
      { content: siteFile, target: `${seedFolder}/${path}`, mode: readable.file },
    ])
    return this.withEnvironment({ ...environment })
  }

  /**
   * Adds the servers of a folder: `<directory>/<name>/jdbc-site.xml`, or another site file. `${env:NAME}` in such a file
   * is filled from the environment of the container.
   * @throws Error where there is no such folder
   */
  withSeedServers(directory: string): this {
    mustBe('folder', directory)
    const target = `${seedFolder}/servers`
    return this.withCopyDirectoriesToContainer([{ source: directory, target, mode: readable.folder }])
  }

  /**
   * Adds SQL that is run with the administrator's rights before the container is ready; what fails ends the start, with
   * file and line. The image's rules for such files hold: names have their schema, and every statement may run again.
   * @param sql statements, or the path of a file that ends in `.sql`
   * @throws Error where the file cannot be read
   */
  withInitSql(sql: string): this {
    const { name, content } = initSqlFile(sql, ++this.#sqlFiles)
    return this.withCopyContentToContainer([{ content, target: `${sqlFolder}/${name}`, mode: readable.file }])
  }

  /** @throws StartError with the reason that the image gives, where it does not become ready */
  override async start(): Promise<StartedGreenplumContainer> {
    this.withEnvironment({
      GREENPLUM_DATABASE_NAME: this.#database,
      GREENPLUM_USER: this.#username,
      GREENPLUM_PASSWORD: this.#password,
      // A test would wait in vain for a file that is tried again and again.
      ...(this.#sqlFiles === 0 ? {} : { SQL_ON_ERROR: this.environment['SQL_ON_ERROR'] ?? 'fatal' }),
    })
    const login = { database: this.#database, username: this.#username, password: this.#password }
    return new StartedGreenplumContainer(await this.#startOrExplain(), login)
  }

  async #startOrExplain(): Promise<StartedTestContainer> {
    try {
      return await super.start()
    } catch (error) {
      if (error instanceof StartError || this.#created === undefined) throw error
      throw (await this.#clearAway(this.#created)) ?? error
    }
  }

  /** testcontainers leaves a container that ended before its ports were seen. @returns why it ended */
  async #clearAway(id: string): Promise<Error | undefined> {
    const client = await getContainerRuntimeClient()
    const reason = await failureOf(this.imageName.string, id, client).catch(() => undefined)
    await client.container
      .remove(client.container.getById(id), { removeVolumes: true })
      .catch(() => undefined)
    return reason
  }

  protected override containerCreated(id: string): Promise<void> {
    this.#created = id
    return Promise.resolve()
  }
}

function mustBe(kind: 'file' | 'folder', path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new Error(`cannot use ${path}: there is no such ${kind}`)
  if (kind === 'folder' ? !stats.isDirectory() : !stats.isFile())
    throw new Error(`cannot use ${path}: it is no ${kind}`)
}

interface Login {
  readonly database: string
  readonly username: string
  readonly password: string
}

export class StartedGreenplumContainer extends AbstractStartedContainer {
  readonly #login: Login

  constructor(started: StartedTestContainer, login: Login) {
    super(started)
    this.#login = login
  }

  /** The port of this machine under which Greenplum is reached. */
  getPort(): number {
    return this.getMappedPort(port)
  }

  getDatabase(): string {
    return this.#login.database
  }

  getUsername(): string {
    return this.#login.username
  }

  getPassword(): string {
    return this.#login.password
  }

  /** `postgres://user:password@host:port/database` */
  getConnectionUri(): string {
    return connectionUri({ ...this.#login, host: this.getHost(), port: this.getPort() })
  }
}
