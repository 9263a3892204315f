/**
 * The Docker Engine that the tests talk to: one that runs already, or, as root on Debian 12, one of their own.
 *
 * Their own keeps to itself: its data and socket lie in the cache folder, and it lives in namespaces of its own
 * (network, mounts, processes), so that it meets neither another engine nor this machine's firewall, and nothing
 * of it outlives the tests. Only while images are built it shares the machine's network, without a bridge and
 * without a rule in the firewall. It ends when its standard input closes, that is: with us at the latest.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupMissing, cacheDirectory, findProgram, run, say, succeeds } from './host.ts'
import { checkDebian, unpackDocker } from './debian.ts'
import { memoryForVolumes } from './memory.ts'

/** Enough for any program to talk to the engine; it goes to the tests as plain data. */
export interface EngineAccess {
  readonly docker: string
  readonly environment: Readonly<Record<string, string>>
}

export interface Engine extends EngineAccess {
  readonly own: boolean
  /** Where the network of the engine is: the machine's while building, the engine's own while testing. */
  readonly use: (network: 'for-building' | 'for-testing') => Promise<void>
  readonly stop: () => Promise<void>
}

/** The first image that would get a tag that somebody else uses is reason enough for an engine of our own. */
export const ownLabel = 'gp-supervisor.image-tests'
const upMs = 60_000
/** How our daemon is told from another run's. */
const ours = `gp-supervisor.image-tests.run=${process.pid}-${Date.now()}`
const downMs = 60_000
/** For another run's engine that is on its way down. */
const turnSeconds = 40

interface EngineSettings {
  /** Where there is enough of it; see memory.ts. */
  readonly volumesInMemory: boolean
}

/** @param tags that the images are to get */
export async function bringEngine(
  tags: readonly string[],
  settings: EngineSettings = { volumesInMemory: true },
): Promise<Engine> {
  const docker = findProgram('docker')
  const wantsOwn =
    process.env['IMAGE_TESTS_OWN_ENGINE'] === '1' || process.env['GP_IMAGE_TESTS_OWN_ENGINE'] === '1'
  const reason = docker === undefined ? 'no docker on PATH' : await whyNot(docker, tags)
  if (docker !== undefined && reason === '' && !wantsOwn) return runningEngine(docker)
  say(wantsOwn ? 'an engine of its own is wanted' : `the running engine is left alone: ${reason}`)
  if (process.getuid?.() !== 0) {
    const why = reason === '' ? '' : `${reason}: `
    throw new SetupMissing(
      `${why}install Docker Engine 25 or later with Compose v2 and Buildx, or run as root on Debian 12, ` +
        'where an engine is brought along',
    )
  }
  return ownEngine(await checkDebian().then(unpackDocker).catch(asMissing), settings)
}

/** Without a network, for one. */
function asMissing(error: unknown): never {
  if (error instanceof SetupMissing) throw error
  const reason = error instanceof Error ? error.message : String(error)
  throw new SetupMissing(`no Docker can be fetched: ${reason}`)
}

/** @returns empty when the running engine may be used */
async function whyNot(docker: string, tags: readonly string[]): Promise<string> {
  if (!(await succeeds(docker, ['info'], { timeoutMs: 20_000 })))
    return 'no Docker Engine answers `docker info`'
  if (!(await succeeds(docker, ['compose', 'version'])))
    return 'Docker has no Compose v2 (`docker compose version`)'
  if (!(await succeeds(docker, ['buildx', 'version'])))
    return 'Docker has no Buildx (`docker buildx version`)'
  for (const tag of tags) {
    const format = `{{ index .Config.Labels "${ownLabel}" }}`
    const label = await run(docker, ['image', 'inspect', '--format', format, tag]).catch(() => undefined)
    if (label !== undefined && label.trim() === '') return `it has an image ${tag} that is not the tests'`
  }
  return ''
}

const runningEngine = (docker: string): Engine => ({
  docker,
  environment: {},
  own: false,
  use: () => Promise.resolve(),
  stop: () => Promise.resolve(),
})

function ownEngine(programs: string, settings: EngineSettings): Engine {
  const socket = join(cacheDirectory, 'engine/docker.sock')
  const docker = join(programs, 'usr/bin/docker')
  const environment = {
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: dockerConfig(programs),
    DOCKER_CONTEXT: '',
    PATH: `${join(programs, 'usr/sbin')}:${join(programs, 'usr/bin')}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
  }
  let daemon: ChildProcess | undefined
  let current: string | undefined
  const stop = async () => {
    if (daemon !== undefined) await end(daemon)
    daemon = current = undefined
  }
  return {
    docker,
    environment,
    own: true,
    async use(network) {
      if (current === network) return
      await stop()
      daemon = launch(programs, environment, { network, ...settings })
      current = network
      // Another run's engine would answer at this socket as well, until our turn comes.
      const labels = ['info', '--format', '{{ json .Labels }}']
      await untilUp(daemon, async () =>
        (await run(docker, labels, { environment, timeoutMs: 5000 })).includes(ours),
      )
    },
    stop,
  }
}

/** Where the docker program looks for Compose and Buildx. */
function dockerConfig(programs: string): string {
  const config = join(cacheDirectory, 'config')
  const plugins = join(config, 'cli-plugins')
  mkdirSync(plugins, { recursive: true })
  const source = join(programs, 'usr/libexec/docker/cli-plugins')
  for (const name of readdirSync(source)) {
    rmSync(join(plugins, name), { force: true })
    symlinkSync(join(source, name), join(plugins, name))
  }
  return config
}

/**
 * PID 1 of the engine's own processes: it collects the orphans, and ends them all when nobody holds its stdin. The
 * memory for the volumes lies in the engine's mount namespace, and is gone with it.
 */
const firstProcess = `
  [ "$1" = shared ] || ip link set lo up
  cd "$2" && rm -rf exec dockerd.pid
  [ "$3" = 0 ] || { mkdir -p data/volumes && mount -t tmpfs -o size="$3" tmpfs data/volumes; }
  shift 3
  dockerd "$@" < /dev/null &
  cat > /dev/null
  kill -TERM $!
  wait $!
`

function launch(
  programs: string,
  environment: Engine['environment'],
  { network, volumesInMemory }: EngineSettings & { readonly network: string },
): ChildProcess {
  const home = join(cacheDirectory, 'engine')
  mkdirSync(home, { recursive: true })
  const log = openSync(join(home, 'dockerd.log'), 'a')
  const shared = network === 'for-building'
  const daemonOptions = [
    `--data-root=${join(home, 'data')}`,
    `--exec-root=${join(home, 'exec')}`,
    `--pidfile=${join(home, 'dockerd.pid')}`,
    `--host=unix://${join(home, 'docker.sock')}`,
    `--config-file=${join(home, 'daemon.json')}`,
    '--storage-driver=overlay2',
    `--label=${ours}`,
    // Addresses that nobody else sees: the network is the engine's own.
    ...(shared ? ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'] : []),
    // `docker run --init` puts this program into the container; Debian's Docker comes without it.
    `--init-path=${join(programs, 'usr/bin/tini-static')}`,
  ]
  // Not the machine's own settings, whatever they are.
  writeFileSync(join(home, 'daemon.json'), '{}\n')
  const namespaces = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    ...(shared ? [] : ['--net']),
  ]
  // The lock is held by every process of the engine, so that a second run waits for the end of the first.
  const guarded = ['--timeout', String(turnSeconds), join(home, 'lock'), 'unshare', ...namespaces, '--']
  const inMemory = shared || !volumesInMemory ? 0 : memoryForVolumes(readFileSync('/proc/meminfo', 'utf8'))
  const bash = ['bash', '-c', firstProcess, 'engine', shared ? 'shared' : 'own', home, String(inMemory)]
  return spawn('flock', [...guarded, ...bash, ...daemonOptions], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', log, log],
  })
}

async function untilUp(daemon: ChildProcess, answers: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + upMs; Date.now() < limit; await pause(200)) {
    if (daemon.exitCode !== null) break
    if (await answers().catch(() => false)) return
  }
  const log = await run('tail', ['-n', '15', join(cacheDirectory, 'engine/dockerd.log')])
  daemon.kill('SIGKILL')
  throw new SetupMissing(`dockerd does not come up (or another run of these tests has it):\n${log}`)
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return
  const killer = setTimeout(() => daemon.kill('SIGKILL'), downMs)
  const gone = new Promise((resolve) => daemon.once('exit', resolve))
  daemon.stdin?.end()
  await gone
  clearTimeout(killer)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
