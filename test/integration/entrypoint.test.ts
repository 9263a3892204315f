/** The two files that the bashes of the base image read before their scripts. */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { env } from 'node:process'
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { accountToDropTo } from '../../stand-in/account.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(inject('ground').folder, 'entrypoint-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string) => join(import.meta.dirname, '../../entrypoint', name)
const bash = (script: string, more: Readonly<Record<string, string>> = {}, prelude = 'entrypoint.bash') => {
  // As root it looks for a cluster at once: never for one of this machine.
  const environment = { PATH: env['PATH'] ?? '', GREENPLUM_DATA_DIRECTORY: folder, HOSTNAME: 'abc', ...more }
  const result = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, BASH_ENV: file(prelude) },
  })
  return { stdout: result.stdout, stderr: result.stderr, status: result.status }
}

describe('the keys of a cluster', () => {
  const share = (host: string, deployment = 'segment') => {
    const home = join(folder, host)
    const { status, stderr } = bash(
      `mkdir -p ${folder}/keys ${home}/etc; share_keys ${folder}/keys ${home} ${home}/etc`,
      {
        GREENPLUM_DEPLOYMENT: deployment,
      },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return (name: string) => readFileSync(join(home, '.ssh', name), 'utf8')
  }

  it('are made by the first host; the coordinator gets the pair, and a segment host lets it in, beside its own', () => {
    mkdirSync(join(folder, 'two/.ssh'), { recursive: true })
    writeFileSync(join(folder, 'two/.ssh/authorized_keys'), 'ssh-rsa own\n')
    const [two, one] = [share('two'), share('one', 'master')]
    expect(one('id_rsa')).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----/)
    expect(statSync(join(folder, 'one/.ssh/id_rsa')).mode & 0o777).toBe(0o600)
    expect(two('authorized_keys')).toBe(`ssh-rsa own\n${one('id_rsa.pub')}`)
    expect(readdirSync(join(folder, 'two/.ssh'))).toEqual(['authorized_keys', 'config'])
    expect(two('config')).toBe('CheckHostIP no\n')
    // A standby may become the coordinator.
    expect(share('spare', 'standby')('id_rsa')).toBe(one('id_rsa'))
    // All are known by one key, and so is a container that is created anew.
    expect(two('../etc/ssh_host_rsa_key')).toBe(one('../etc/ssh_host_rsa_key'))
    expect(statSync(join(folder, 'two/etc/ssh_host_rsa_key')).mode & 0o777).toBe(0o600)
    // gpssh-exkeys would drop a key with more words.
    expect(one('id_rsa.pub').trim().split(' ')).toHaveLength(3)
    // A later start adds nothing.
    expect(share('two')('authorized_keys')).toBe(`ssh-rsa own\n${one('id_rsa.pub')}`)
  })

  it.each(['.ssh', '.ssh/authorized_keys'])('are not written through a link: %s', (name) => {
    mkdirSync(join(folder, 'keys'))
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'home', dirname(name)), { recursive: true })
    symlinkSync(
      join(folder, 'elsewhere', basename(name) === '.ssh' ? '' : 'file'),
      join(folder, 'home', name),
    )
    const { status, stderr } = bash(`share_keys ${folder}/keys ${folder}/home ${folder}`, {
      GREENPLUM_DEPLOYMENT: 'master',
    })
    expect([status, stderr]).toEqual([
      0,
      `ERROR - the keys of the cluster are not installed: ${folder}/home/.ssh or its authorized_keys is a link\n`,
    ])
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
  })

  it('are those of the host that was first, where two make some at once', () => {
    mkdirSync(join(folder, 'keys'))
    const late = `command() { builtin command "$@"; [ "$1" != ssh-keygen ] || cp -r ${folder}/first ${folder}/keys/ssh; }`
    mkdirSync(join(folder, 'first'))
    for (const name of ['id_rsa', 'id_rsa.pub'])
      writeFileSync(join(folder, 'first', name), `${name} of the first\n`)
    expect(bash(`${late}; share_keys ${folder}/keys ${folder}/two`).status).toBe(0)
    expect(readFileSync(join(folder, 'two/.ssh/authorized_keys'), 'utf8')).toBe('id_rsa.pub of the first\n')
    expect(readdirSync(join(folder, 'keys'))).toEqual(['ssh'])
  })
})

describe('the name of a host', () => {
  const hosts =
    '127.0.0.1\tlocalhost\n# abc stays\n172.17.0.2\tabc\nfd00::2\tabc\n10.0.0.8\tgpdbsne\n10.0.0.9\tgpdbsne other\n'
  const named = (configuration: string, more: Readonly<Record<string, string>> = {}, text = hosts) => {
    writeFileSync(join(folder, 'hosts'), text)
    mkdirSync(join(folder, 'data'), { recursive: true })
    writeFileSync(join(folder, 'data/gpinitsystem_config'), configuration)
    const data = { data: join(folder, 'data') }
    const { stderr } = bash(`GREENPLUM_DATA_DIRECTORY=${data.data} name_host_as_before ${folder}/hosts`, more)
    expect(stderr).toBe('')
    return readFileSync(join(folder, 'hosts'), 'utf8')
  }

  it.each(['MASTER_HOSTNAME=gpdbsne', 'COORDINATOR_HOSTNAME="gpdbsne" # first'])(
    'of the first start becomes an alias of the present one, and leads nowhere else: %s',
    (line) => {
      const expected =
        '127.0.0.1\tlocalhost\n# abc stays\n172.17.0.2\tabc gpdbsne\nfd00::2\tabc gpdbsne\n10.0.0.9 other\n'
      expect(named(`SEG_PREFIX=gpseg\n${line}\n`)).toBe(expected)
      expect(named(`${line}\n`, {}, expected)).toBe(expected)
      expect(named(`${line}\n`, {}, '127.0.0.1 localhost\n')).toBe(
        '127.0.0.1 localhost\n127.0.0.1 abc gpdbsne\n',
      )
    },
  )

  it('stays where there is nothing to do, or it is not for us', () => {
    expect(named('MASTER_HOSTNAME=abc\n')).toBe(hosts)
    expect(named('SEG_PREFIX=gpseg\n')).toBe(hosts)
    expect(named('MASTER_HOSTNAME=gpdbsne\n', { GREENPLUM_DEPLOYMENT: 'master' })).toBe(hosts)
    for (const name of ['localhost', '10.0.0.1', '-x', 'a b', '$(id)', 'a;b', ''])
      expect(named(`MASTER_HOSTNAME=${name}\n`)).toBe(hosts)
    // Nothing but an ordinary file is opened: this would wait for ever.
    rmSync(join(folder, 'data/gpinitsystem_config'))
    execFileSync('mkfifo', [join(folder, 'data/gpinitsystem_config')])
    expect(bash(`first_name ${folder}/data/gpinitsystem_config`).stdout).toBe('')
  })
})

describe("the waits of the base image's entrypoint", () => {
  it('end as soon as sshd answers, and with two seconds where it does not', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
    const slept = (script: string) => {
      const own = { PATH: `${folder}:${env['PATH']}`, SSH_PORT: `${port}` }
      return bash(script, own).stdout.split('\n').slice(0, -1)
    }
    expect(slept('sleep 2')).toEqual([])
    server.close()
    await new Promise((resolve) => server.once('close', resolve))
    // Controls: nobody listens; and another wait is the system's own.
    expect(slept('sleep 2')).toEqual(Array.from({ length: 40 }, () => '0.05'))
    expect(slept('sleep 0.3')).toEqual(['0.3'])
  })

  it('are none without root, where sshd cannot run, and nothing complains', () => {
    // Of the same user who runs it, so that they may read it.
    const [prelude, user] = [join(folder, 'prelude.bash'), accountToDropTo()]
    writeFileSync(prelude, readFileSync(file('entrypoint.bash')), { mode: 0o644 })
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\necho slept\n', { mode: 0o755 })
    chmodSync(folder, 0o777)
    const script =
      'mkdir -p /run/sshd && ssh-keygen -A && /usr/sbin/sshd && sleep 2 && mkdir made && ls -d made; sleep 3'
    const { stdout, stderr } = spawnSync('bash', ['-c', script], {
      encoding: 'utf8',
      cwd: folder,
      // With a socket in its place bash takes itself for a remote shell's.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${folder}:${env['PATH'] ?? ''}`, HOSTNAME: 'abc', BASH_ENV: prelude },
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    })
    expect([stdout, stderr]).toEqual(['made\nslept\n', ''])
  })

  it('are not for a key that is there', () => {
    const key = join(folder, 'id_rsa')
    const make = `ssh-keygen -q -f ${key} -t rsa -N ""`
    writeFileSync(join(folder, 'ssh-keygen'), '#!/bin/sh\necho made\n', { mode: 0o755 })
    const own = { PATH: `${folder}:${env['PATH']}` }
    expect(bash(make, own).stdout).toBe('made\n')
    writeFileSync(key, '')
    expect(bash(make, own).stdout).toBe('')
    expect(bash('ssh-keygen -A', own).stdout).toBe('made\n')
  })
})

const account = accountToDropTo()
describe.skipIf(account === undefined)('owners (skipped for a plain user)', () => {
  it('are left alone where they are right, to the last file; what is wrong is changed', () => {
    const [inner, link] = [join(folder, 'data/inner'), join(folder, 'data/link')]
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, 'file'), '')
    symlinkSync('/nowhere', link)
    // Counts what the system's own does.
    writeFileSync(
      join(folder, 'chown'),
      `#!/bin/bash\necho "$@" >> ${folder}/calls\nPATH="\${PATH#*:}" exec chown "$@"\n`,
      { mode: 0o755 },
    )
    const give = () =>
      bash(`chown -R ${account?.uid}:${account?.gid} ${folder}/data`, {
        PATH: `${folder}:${env['PATH']}`,
      })
    const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length
    expect(give()).toMatchObject({ status: 0, stderr: '' })
    expect(statSync(join(inner, 'file')).uid).toBe(account?.uid)
    expect(calls()).toBe(1)
    give()
    expect(calls()).toBe(1)
    for (const path of [join(inner, 'file'), link]) {
      execFileSync('chown', ['-h', '0:0', path])
      give()
    }
    expect(calls()).toBe(3)
    execFileSync('chgrp', ['0', inner])
    give()
    expect(calls()).toBe(4)
    expect(statSync(inner).gid).toBe(account?.gid)
  })
})

describe('the tools in the start script', () => {
  const answers = (code: number) => ({ GP_SUPERVISOR_COMMAND: `sh -c 'echo "asked $*"; exit ${code}' x` })
  const script = (text: string, more: Readonly<Record<string, string>>) => {
    for (const tool of ['gpstart', 'gpstop', 'gpinitsystem', 'ssh-keyscan', 'gpssh-exkeys'])
      writeFileSync(join(folder, tool), `#!/bin/sh\necho "${tool} $*"\n`, { mode: 0o755 })
    return bash(
      `set -Eeuo pipefail; ${text}`,
      { PATH: `${folder}:${env['PATH']}`, ...more },
      'start-script.bash',
    )
  }
  const lines = ({ stdout }: { stdout: string }) => stdout.trim().split('\n')

  it('are not run where the program has done their work', () => {
    expect(lines(script('gpstart -a', answers(0)))).toEqual(['asked instead-of gpstart -a'])
    expect(lines(script('gpinitsystem -e secret -ac file --ignore-warnings', answers(0)))).toEqual([
      'asked instead-of gpinitsystem -ac file --ignore-warnings',
    ])
    expect(lines(script('gpstop -ar; sleep 10; echo done', answers(0)))).toEqual([
      'asked instead-of gpstop -ar',
      'asked instead-of gpstart -a',
      'done',
    ])
  })

  it.each([1, 3, 137])('are run where it has not (%i), and where nobody asks', (code) => {
    expect(lines(script('gpstart -a', answers(code)))).toEqual(['asked instead-of gpstart -a', 'gpstart -a'])
    expect(lines(script('gpinitsystem -e secret -ac file', answers(code)))).toEqual([
      'asked instead-of gpinitsystem -ac file',
      'gpinitsystem -e secret -ac file',
    ])
    expect(lines(script('gpstop -ar', answers(code)))).toEqual(['asked instead-of gpstop -ar', 'gpstop -ar'])
    expect(lines(script('gpstop -a -M fast; gpinitsystem --version', answers(code)))).toEqual([
      'gpstop -a -M fast',
      'gpinitsystem --version',
    ])
    expect(lines(script('gpstart -a', {}))).toEqual(['gpstart -a'])
  })

  const introduce = 'ssh-keyscan -t rsa host >> known_hosts; gpssh-exkeys -f file; echo between'
  it('get the keys of the hosts first; a fast start gets them beside it, in the same file', async () => {
    expect(lines(script(`${introduce}; gpstart -a; echo end`, answers(3)))).toEqual([
      'between',
      'asked instead-of gpstart -a',
      'gpssh-exkeys -f file',
      'gpstart -a',
      'end',
    ])
    expect(readFileSync(join(folder, 'known_hosts'), 'utf8')).toBe('ssh-keyscan -t rsa host\n')
    const { stdout, stderr } = script(`${introduce}; gpstart -a; jobs; echo end`, answers(0))
    expect(lines({ stdout })).toEqual(['between', 'asked instead-of gpstart -a', 'end'])
    expect(stderr).toBe('gpssh-exkeys -f file\n')
    await expect
      .poll(() => readFileSync(join(folder, 'known_hosts'), 'utf8'))
      .toBe('ssh-keyscan -t rsa host\n'.repeat(2))
  })

  it('wait for a host of a cluster that comes late, and go on without one that does not come', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    writeFileSync(join(folder, 'file'), 'localhost\nlate.invalid\n')
    const known =
      'ssh-keyscan -t rsa localhost >> known_hosts; ssh-keyscan -t rsa late.invalid >> known_hosts'
    // As the real one, for a name that is unknown; under `set -e`, that would end the script.
    const failing = `printf '#!/bin/sh\\n[ "$3" = localhost ]\\n' > ${join(folder, 'ssh-keyscan')}`
    const show = `printf '#!/bin/sh\\ncat "$2"\\n' > ${join(folder, 'gpssh-exkeys')}`
    const start = (deployment: string) =>
      lines(
        script(`gp_await_seconds=0; ${failing}; ${show}; ${known}; gpssh-exkeys -f file; gpstart -a`, {
          GREENPLUM_DEPLOYMENT: deployment,
          SSH_PORT: `${port}`,
        }),
      )
    expect(start('master')).toEqual([
      'INFO - waiting for host late.invalid',
      `WARNING - host late.invalid does not answer on port ${port}; going on without it`,
      'localhost',
      'gpstart -a',
    ])
    // On one host there is nobody to wait for.
    writeFileSync(join(folder, 'file'), 'localhost\n')
    expect(start('singlenode')).not.toContain('INFO - waiting for host late.invalid')
  })

  it('end the script where they fail, as they did', () => {
    const failing = "printf '#!/bin/sh\\nexit 2\\n' > gpstart; gpstart -a; echo not reached"
    expect(script(failing, answers(3))).toMatchObject({ status: 2, stdout: 'asked instead-of gpstart -a\n' })
  })
})
