/** What comes from Debian: a newer Docker than Debian 12's, and the root of every image that is built here. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupMissing, cacheDirectory, contentHash, findProgram, run, say } from './host.ts'

/** Debian 13 has Engine 26, Compose v2 and Buildx; they run on Debian 12, except its runc (glibc 2.38). */
const dockerSuite = 'trixie'
const dockerPackages = ['docker.io', 'docker-cli', 'docker-compose', 'docker-buildx', 'containerd', 'tini']
const rootSuite = 'bookworm'

/** Of this Debian: what the packages above need beside themselves, by program and package. */
const neededPrograms = [
  ['debootstrap', 'debootstrap'],
  ['runc', 'runc'],
  ['iptables', 'iptables'],
  ['ip', 'iproute2'],
  ['unshare', 'util-linux'],
  ['dpkg', 'dpkg'],
] as const

/** @throws SetupMissing where this is no Debian 12, or programs are missing */
export async function checkDebian(): Promise<void> {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  if (!/^ID=debian$/m.test(release) || !/^VERSION_ID="12"$/m.test(release)) {
    throw new SetupMissing(
      'this is no Debian 12, so no Docker can be brought along: install Docker Engine 25 or later',
    )
  }
  const missing = neededPrograms.filter(([program]) => findProgram(program) === undefined)
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing.map(([, name]) => name)]
  if (process.env['IMAGE_TESTS_INSTALL'] !== '1') {
    throw new SetupMissing(
      `${missing.map(([program]) => program).join(', ')} missing: run \`apt-get ${install.join(' ')}\`, ` +
        'or set IMAGE_TESTS_INSTALL=1 and it is done here',
    )
  }
  // Somebody else may be installing at this moment.
  const patient = ['-o', 'DPkg::Lock::Timeout=300']
  await run('apt-get', [...patient, 'update'])
  await run('apt-get', [...patient, ...install], { environment: { DEBIAN_FRONTEND: 'noninteractive' } })
}

/** The mirror that this system itself installs from. */
async function mirror(): Promise<string> {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)'
  const targets = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const found = targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, codename, component]) => codename === rootSuite && component === 'main')
  if (found?.[0] === undefined) {
    throw new SetupMissing(
      `apt knows no source of ${rootSuite} main: see /etc/apt/sources.list.d, then apt-get update`,
    )
  }
  return found[0]
}

/** @returns the folder with Docker's programs below `usr` */
export async function unpackDocker(): Promise<string> {
  const target = join(cacheDirectory, `docker-${contentHash([], [dockerSuite, ...dockerPackages])}`)
  if (existsSync(target)) return target
  say(`fetching Docker from Debian's ${dockerSuite}`)
  const work = join(cacheDirectory, 'apt')
  const debs = join(work, 'debs')
  for (const folder of ['lists/partial', 'archives/partial', 'debs'])
    mkdirSync(join(work, folder), { recursive: true })
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  writeFileSync(
    join(work, 'sources.list'),
    `deb [signed-by=${keyring}] ${await mirror()} ${dockerSuite} main\n`,
  )
  // Lists and cache of their own: the system's apt never hears of the other suite.
  const settings = [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${work}`,
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting])
  await run('apt-get', [...settings, 'update'])
  await run('apt-get', [...settings, 'download', ...dockerPackages], { cwd: debs })
  const unpacked = `${target}.new`
  rmSync(unpacked, { recursive: true, force: true })
  for (const name of readdirSync(debs)) await run('dpkg', ['-x', join(debs, name), unpacked])
  rmSync(work, { recursive: true, force: true })
  renameSync(unpacked, target)
  return target
}

/** @returns a tar file with a minimal Debian */
export async function debianRoot(): Promise<string> {
  const file = join(cacheDirectory, `${rootSuite}.tar`)
  if (existsSync(file)) return file
  say('debootstrap: a minimal Debian for the images')
  const root = `${file}.root`
  rmSync(root, { recursive: true, force: true })
  await run('debootstrap', ['--variant=minbase', rootSuite, root, await mirror()])
  // The packages are fetched again by whoever needs more of them.
  await run('tar', ['-C', root, '--exclude=./var/cache/apt/archives/*.deb', '-cf', `${file}.new`, '.'])
  rmSync(root, { recursive: true, force: true })
  renameSync(`${file}.new`, file)
  return file
}
