/**
 * Starts the supervisor, or the plain start script, over an installed stand-in. Under root everything runs as an
 * ordinary user, with the bundle staged below the scratch folder: PostgreSQL refuses root, and the repository
 * may lie where nobody else can read.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { accountToDropTo } from './account.ts'
import { putFile } from './files.ts'
import { bundleFile, nodeProgram } from './node-program.ts'

export interface Launch {
  readonly root: string
  readonly environment: Readonly<Record<string, string>>
  readonly stdio?: StdioOptions
  /** Away from the terminal's process group, so that Ctrl-C reaches it only through its starter. */
  readonly detached?: boolean
  /** Under root, who runs it; as a rule `nobody`. */
  readonly account?: { readonly uid: number; readonly gid: number }
}

/** Runs `gp-supervisor` with `args`, by default `run`. */
export function launchSupervisor(launch: Launch & { readonly args?: readonly string[] }): ChildProcess {
  if (!existsSync(bundleFile)) throw new Error(`cannot find ${bundleFile}: run \`npm run build\` first`)
  const [node, bundle] = accountToDropTo() === undefined ? [nodeProgram(), bundleFile] : stage(launch.root)
  return run([node, bundle, ...(launch.args ?? ['run'])], launch)
}

/** Runs the start script by itself, without a supervisor: what the base image does alone. */
export function launchStartScript(launch: Launch): ChildProcess {
  return run(['bash', join(launch.root, 'start_gpdb.sh')], launch)
}

function run([command, ...args]: readonly [string, ...string[]], launch: Launch): ChildProcess {
  const account = launch.account ?? accountToDropTo()
  return spawn(command, args, {
    cwd: launch.root,
    env: launch.environment,
    stdio: launch.stdio ?? ['ignore', 'pipe', 'pipe'],
    detached: launch.detached ?? false,
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  })
}

/** The bundle is copied, because a build writes into the file that it finds; Node is as good as a link. */
function stage(root: string): [string, string] {
  const [node, bundle] = [join(root, 'bin/node'), join(root, 'bin', basename(bundleFile))]
  mkdirSync(join(root, 'bin'), { recursive: true, mode: 0o755 })
  if (!existsSync(node)) putFile(nodeProgram(), node)
  for (const [from, to] of [
    [bundleFile, bundle],
    [`${bundleFile}.map`, `${bundle}.map`],
    [join(dirname(bundleFile), 'start-script.bash'), join(root, 'bin/start-script.bash')],
  ] as const) {
    rmSync(to, { force: true })
    if (existsSync(from)) copyFileSync(from, to)
  }
  return [node, bundle]
}
