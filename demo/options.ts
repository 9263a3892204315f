/** The demo's command line. */
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** A stable name, so that a second run is a later start. */
  readonly root: string
  readonly fresh: boolean
  readonly exitWhenReady: boolean
  readonly timeoutMs: number
  readonly timeScale: number
}

export const usage = `The supervisor over a stand-in of the base image, in a scratch folder.

  npm run demo -- [options]

  --fresh            throw the scratch folder away first: a first start
  --root DIR         the scratch folder (default: ${defaultRoot()})
  --time-scale N     what the real image's waits are multiplied by (default: 0.15)
  --exit-when-ready  stop by itself once ready, and answer with the supervisor's exit code
  --timeout S        with --exit-when-ready: give up after S seconds (default: 180)
  --help

Ctrl-C stops it. Variables such as STANDIN_PXF_START=fail reach the stand-in (see stand-in/README.md), and
LOG_LEVEL, LOG_FORMAT, LOG_DATABASE, LOG_PXF, PXF_SEED_OVERWRITE, PXF_SYNC_ON_START, PG_HBA_SAMEHOST and STOP_GRACE_PERIOD the supervisor.
`

function defaultRoot(): string {
  return join(tmpdir(), `gp-supervisor-demo-${userInfo().uid}`)
}

/** Undefined when help was asked for. @throws on options that nobody knows */
export function parseOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fresh: { type: 'boolean', default: false },
      root: { type: 'string', default: defaultRoot() },
      'time-scale': { type: 'string', default: '0.15' },
      'exit-when-ready': { type: 'boolean', default: false },
      timeout: { type: 'string', default: '180' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  return {
    root: resolve(values.root),
    fresh: values.fresh,
    exitWhenReady: values['exit-when-ready'],
    timeoutMs: positive('--timeout', values.timeout) * 1000,
    timeScale: positive('--time-scale', values['time-scale']),
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${option} is ${JSON.stringify(text)}; allowed: a number above zero`)
  return value
}
