/** The edge of the process: arguments, environment, signals, exit. Nothing else touches `process`. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { usageError, type CommandContext } from './commands/command.ts'
import { run } from './commands/run.ts'
import { checkSeeds, seed } from './commands/seed.ts'
import { health, status } from './commands/status.ts'
import { usage } from './commands/usage.ts'
import { maskedConfig, type ConfigSources } from './config/config.ts'
import { loadConfig } from './config/load.ts'
import { SupervisorError, exitCodes, reasonOf } from './errors.ts'
import { findAdministrator, type Account } from './greenplum/administrator.ts'
import { printable } from './printable.ts'

/** Inserted by the bundler, from package.json. */
declare const GP_SUPERVISOR_VERSION: string | undefined
const version = typeof GP_SUPERVISOR_VERSION === 'string' ? GP_SUPERVISOR_VERSION : 'development'

async function main(argv: readonly string[]): Promise<number> {
  // The words of a tool are none of this program's options.
  const [first, tool, ...words] = argv
  if (first === 'instead-of') return answerFor(tool, words)
  if (first === 'start-servers') return startServersHere(argv.slice(1))
  if (first === 'prepare-standby') return prepareStandbyHere(argv.slice(1))
  if (first === 'first-start') return firstStartHere(argv.slice(1))
  if (first === 'describe-host') return describeThisHost(argv.slice(1))
  const { values, positionals } = parse(argv)
  if (values.help === true) return print(usage)
  if (values.version === true) return print(version)
  const [command = 'run', ...rest] = positionals
  if (!isCommand(command)) throw usageError(`there is no command ${command}`)
  if (command !== 'run' && rest.length > 0) throw usageError(`${command} takes no argument ${rest.join(' ')}`)
  if (command === 'doctor') return examine(values.json === true)
  if (command === 'history') return showHistory(values.json === true)
  if (command === 'seed' && values.check === true) return checkImage()
  if (command === 'pack') return makeArchive(values.output)
  if (command === 'share-classes') return makeClassData()
  if (command === 'promote') return promoteHere(values.force === true)
  const context = createContext()
  switch (command) {
    case 'run':
      return runSupervisor(context, rest)
    case 'health':
      return health(context, values.for)
    case 'status':
      return status(context, values.json === true)
    case 'seed':
      return seed({ ...context, becomeAdministrator }, values['dry-run'] === true)
    case 'config':
      return print(JSON.stringify(maskedConfig(context.config), null, 2))
  }
}

const commands = [
  'run',
  'health',
  'status',
  'seed',
  'config',
  'doctor',
  'history',
  'pack',
  'share-classes',
  'promote',
] as const
type CommandName = (typeof commands)[number]

const isCommand = (word: string): word is CommandName => (commands as readonly string[]).includes(word)

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
        for: { type: 'string' },
        json: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        check: { type: 'boolean' },
        force: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
      },
    })
  } catch (error) {
    throw usageError(reasonOf(error))
  }
}

const sources = (): ConfigSources => ({
  environment: process.env,
  hostname: hostname(),
  readFile: (path, mostBytes) =>
    mostBytes === undefined ? readFileSync(path, 'utf8') : readBeginning(path, mostBytes),
  exists: existsSync,
})

function readBeginning(path: string, mostBytes: number): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(mostBytes)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, mostBytes, 0))
  } finally {
    closeSync(file)
  }
}

function createContext(): CommandContext {
  return { config: loadConfig(sources()), environment: process.env, print }
}

/** Loaded on demand: a supervisor that runs for months does not need it in memory. */
async function examine(json: boolean): Promise<number> {
  const { doctor } = await import('./commands/doctor.ts')
  return doctor({ sources: sources(), becomeAdministrator, print }, json)
}

/** Also where a variable is faulty. */
async function showHistory(json: boolean): Promise<number> {
  const [{ loadLeniently }, { history }] = await Promise.all([
    import('./doctor/configuration.ts'),
    import('./commands/history.ts'),
  ])
  const { config } = loadLeniently(sources())
  return history({ config, environment: process.env, print, becomeAdministrator }, json)
}

/** While an image is built there is no password yet. Other variables apply; the start reports a faulty one. */
async function checkImage(): Promise<number> {
  const { loadLeniently } = await import('./doctor/configuration.ts')
  const { config } = loadLeniently(sources())
  await becomeAdministrator(config.greenplum.user, config.greenplum.dataDirectory)
  return checkSeeds({ config, print })
}

/** Loaded on demand, as is what follows. */
async function answerFor(tool: string | undefined, words: readonly string[]): Promise<number> {
  const { insteadOf } = await import('./commands/instead-of.ts')
  const script = process.ppid
  return insteadOf(
    {
      ...createContext(),
      hostname: hostname(),
      pid: process.pid,
      scriptRuns: () => process.ppid === script && process.env['START_SCRIPT_PID'] === String(script),
      signal: interruption(),
    },
    tool,
    words,
  )
}

/** As the administrator, whose servers they are: the session of ssh is theirs. */
async function startServersHere(words: readonly string[]): Promise<number> {
  const { startServers } = await import('./commands/start-servers.ts')
  const context = { ...createContext(), hostname: hostname(), pid: process.pid, signal: interruption() }
  return startServers(context, words)
}

async function promoteHere(isForced: boolean): Promise<number> {
  const { promote } = await import('./commands/promote.ts')
  return promote({ ...createContext(), becomeAdministrator }, isForced)
}

async function prepareStandbyHere(words: readonly string[]): Promise<number> {
  const { prepareStandby } = await import('./commands/prepare-standby.ts')
  return prepareStandby({ ...createContext(), hostname: hostname(), pid: process.pid }, words)
}

async function firstStartHere(words: readonly string[]): Promise<number> {
  const { firstStart } = await import('./commands/first-start.ts')
  return firstStart({ ...createContext(), hostname: hostname(), pid: process.pid }, words)
}

async function describeThisHost(words: readonly string[]): Promise<number> {
  const { describeHere } = await import('./commands/describe-host.ts')
  return describeHere(createContext(), version, words)
}

function interruption(): AbortSignal {
  const interrupted = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => interrupted.abort())
  return interrupted.signal
}

/** For an image's build, whose configuration is incomplete. */
async function makeClassData(): Promise<number> {
  const [{ loadLeniently }, { shareClasses }] = await Promise.all([
    import('./doctor/configuration.ts'),
    import('./commands/share-classes.ts'),
  ])
  return shareClasses({ config: loadLeniently(sources()).config, environment: process.env, print })
}

/** The archive may go to standard output, so the text does not. */
async function makeArchive(file: string | undefined): Promise<number> {
  const [{ loadLeniently }, { pack }] = await Promise.all([
    import('./doctor/configuration.ts'),
    import('./commands/pack.ts'),
  ])
  const { config } = loadLeniently(sources())
  return pack(
    {
      config,
      environment: process.env,
      print: (text) => void process.stderr.write(`${printable(text)}\n`),
      becomeAdministrator,
      version,
      now: new Date().toISOString(),
      output: process.stdout,
    },
    file,
  )
}

/** @returns why this process is still root, or undefined if it is not */
async function becomeAdministrator(user: string, dataDirectory: string): Promise<string | undefined> {
  // An unreachable name server must not delay the exit: the process cannot end before its lookups do.
  process.env['RES_OPTIONS'] = 'timeout:1 attempts:1'
  if (process.getuid?.() !== 0) return undefined
  let account: Account | undefined
  try {
    account = await findAdministrator(user, dataDirectory)
    if (account === undefined) return `there is no account ${user}, and none that owns ${dataDirectory}`
    const own = userInfo().homedir
    process.setgroups?.([account.gid])
    process.setgid?.(account.gid)
    process.setuid?.(account.uid)
    // A HOME that was set explicitly stays.
    if (process.env['HOME'] === own) process.env['HOME'] = account.home
    return undefined
  } catch (error) {
    return account === undefined
      ? `the account ${user} cannot be looked up (${reasonOf(error)})`
      : `root cannot become ${account.name} here (${reasonOf(error)})`
  }
}

function print(text: string): number {
  // Names of files and database objects may contain anything.
  process.stdout.write(`${printable(text)}\n`)
  return exitCodes.clean
}

function runSupervisor({ config, environment }: CommandContext, scriptArguments: string[]): Promise<number> {
  return run({
    config,
    environment,
    scriptArguments,
    prelude: preludeOf(process.argv[1] ?? ''),
    versions: { supervisor: version, node: process.versions.node },
    pid: process.pid,
    parentPid: process.ppid,
    memoryBytes: () => process.memoryUsage.rss(),
    onStopSignal: (handler) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
        process.on(signal, () => handler(signal))
      // A closed terminal is no reason to stop a database.
      process.on('SIGHUP', () => {})
    },
    onUncaught: (handler) => {
      process.on('uncaughtException', handler)
      process.on('unhandledRejection', handler)
    },
    abandon,
  })
}

/** The command line of this program, quoted for bash. A program that was not built has no prelude beside it. */
function preludeOf(script: string): Record<string, string> {
  const file = join(dirname(script), 'start-script.bash')
  if (!existsSync(file)) return {}
  const words = [process.execPath, ...process.execArgv, script]
  const quoted = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
  return { BASH_ENV: file, GP_SUPERVISOR_COMMAND: quoted.join(' ') }
}

/**
 * `process.exit` waits for every thread, even for one that is blocked writing to a paused terminal. Replacing the
 * process with another program ends it without them.
 */
function abandon(code: number): never {
  process.execve?.('/bin/sh', ['sh', '-c', `exit ${code}`], {})
  process.exit(code)
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`gp-supervisor: ${reasonOf(error)}\n`)
    process.exit(error instanceof SupervisorError ? error.exitCode : exitCodes.internal)
  },
)
