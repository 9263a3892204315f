/** Judges PXF's response to a login attempt at a JDBC source, and names the fix. Pure. */
import { explainPxfError, type Cause } from '../data-path/explain.ts'
import type { Advice } from '../findings/advice.ts'
import type { FindingId } from '../findings/catalogue.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { printableName, shellWord } from '../printable.ts'
import type { SeedState } from '../seeding/plan.ts'
import { noAnswer, type Login } from './logins.ts'

/** A site file on the volume, and the origin of its contents. */
export interface SiteFile {
  readonly server: string
  /** Its path on the volume. */
  readonly file: string
  /** The administrator, who owns it. */
  readonly owner: string
  /** undefined if the image has no such file, or if that could not be determined. */
  readonly seed: SeedState | undefined
  /** By property: the variables from which the image's file takes its value. */
  readonly variables: ReadonlyMap<string, readonly string[]>
  readonly advice: Advice
}

/** Errors about the table or one of its values: the login itself succeeded. */
const letIn: ReadonlySet<Cause> = new Set(['source-table', 'source-permission', 'value'])

export const isIn = (login: Login | undefined): boolean =>
  login?.kind === 'in' || (login?.kind === 'refused' && letIn.has(explainPxfError(login.message).cause))

/** @param others findings about the file, the drivers and the network */
export function judgeLogin(site: SiteFile, login: Login | undefined, others: readonly Finding[]): Finding[] {
  const path = `servers/${printableName(site.server)}/jdbc-site.xml`
  if (login === undefined || login.kind === 'in' || login.kind === 'untried' || isIn(login)) return []
  if (login.kind === 'silence') {
    if (isCovered('source', others)) return []
    return [
      finding('jdbc.login.silence', {
        text: `cannot tell whether PXF can log in with ${path}: ${login.reason}`,
        cause: 'PXF waits up to 30 s for a source that does not respond',
        fix: `check that the source is running and not overloaded: ${site.advice.neighbours}; see also logs/pxf-service.log in PXF_BASE`,
        where: path,
      }),
    ]
  }
  const { cause, what, words } = explainPxfError(login.message)
  if (isCovered(cause, others)) return []
  return [
    finding('jdbc.login.failed', {
      text: `PXF cannot log in with ${path}${what === '' ? '' : `: ${what}`}`,
      cause: words,
      fix: fixFor(site, cause),
      where: path,
    }),
  ]
}

/** Whether a more specific finding already explains the failure. */
function isCovered(cause: Cause, others: readonly Finding[]): boolean {
  const ids: Readonly<Partial<Record<Cause, readonly FindingId[]>>> = {
    source: ['jdbc.host', 'jdbc.port'],
    timeout: ['jdbc.host', 'jdbc.port'],
    driver: ['jdbc.driver'],
  }
  return others.some(({ id }) => ids[cause]?.includes(id) === true)
}

const fixFor = (site: SiteFile, cause: Cause): string =>
  fixes[cause]?.(site) ??
  `see logs/pxf-service.log in PXF_BASE for the complete error; the file is ${site.file}`

const restartPxf = ({ advice }: SiteFile) => `see logs/pxf-service.log in PXF_BASE; then: ${advice.restart}`

const fixes: Readonly<Partial<Record<Cause, (site: SiteFile) => string>>> = {
  credentials: (site) => bringIn(site, ['jdbc.user', 'jdbc.password']),
  'source-database': (site) => bringIn(site, ['jdbc.url']),
  source: (site) =>
    `check that the source is running: ${site.advice.neighbours}; if it is on another host or port: ${bringIn(site, ['jdbc.url'])}`,
  driver: (site) =>
    `copy the driver's JAR to lib/ in PXF_BASE, then: ${site.advice.restart}; or ${bringIn(site, ['jdbc.driver', 'jdbc.url'])}`,
  timeout: () => 'check the source for locks and for its number of sessions',
  pxf: restartPxf,
  'pxf-memory': restartPxf,
}

/** The step that changes what PXF reads, which depends on the origin of the file. Never a global PXF_SEED_OVERWRITE. */
function bringIn(site: SiteFile, properties: readonly string[]): string {
  const what = properties.join(' and ')
  const edit = `correct ${what} in the file; this takes effect from the next query on:\n${editSteps(site)}`
  switch (site.seed) {
    case 'current':
      return `${fromEnvironment(site, properties)}\nOr ${edit}`
    case 'outdated':
      return `the values in the image or the environment have changed since this file was copied. If they are correct, replace the file: ${replace(site)}\nOtherwise: ${edit}`
    case 'edited':
    case 'edited-and-outdated':
      return `the file was edited on the volume, so no start updates it, not even with PXF_SEED_OVERWRITE=unmodified: ${edit}\nOr, to use the values of the image and the environment instead: ${replace(site)}`
    case 'missing':
    case 'unfilled':
    case undefined:
      return edit
  }
}

/** The file has the values of the image and the environment, so those are wrong. */
function fromEnvironment(site: SiteFile, properties: readonly string[]): string {
  const { advice } = site
  const variables = [...new Set(properties.flatMap((name) => site.variables.get(name) ?? []))]
  const place =
    variables.length === 0
      ? `correct the values in the image's servers/${printableName(site.server)}/jdbc-site.xml (PXF_SEED_DIR), then: ${advice.rebuild}`
      : `correct ${variables.join(' and ')} in ${advice.environment}`
  return `the file has the values of the image and the environment: ${place}; then remove the file, so that it is recreated: ${advice.inOrder(remove(site), advice.recreate)}`
}

/** Not as root, because the administrator may have placed a link there, which root must not follow. */
const remove = ({ advice, owner, file }: SiteFile): string => advice.inside(`rm ${shellWord(file)}`, owner)

const replace = (site: SiteFile): string => site.advice.inOrder(remove(site), site.advice.restart)

/** These commands preserve the owner and mode of the file. */
const editSteps = ({ advice, owner, file }: SiteFile): string =>
  [
    advice.inside(`cat ${shellWord(file)} > jdbc-site.xml`, owner),
    '(edit jdbc-site.xml)',
    advice.inside(`tee ${shellWord(file)} < jdbc-site.xml > /dev/null`, owner),
  ].join('\n')

/** Logins that were not tried are reported once per reason, not once per server. */
export function untried(logins: ReadonlyMap<string, Login>, { inside }: Advice): Finding[] {
  const reasons = new Map<string, string[]>()
  for (const [server, login] of logins) {
    if (login.kind === 'untried') reasons.set(login.reason, [...(reasons.get(login.reason) ?? []), server])
  }
  return [...reasons].map(([reason, servers]) =>
    finding('jdbc.login.untried', {
      text: `the login was not tried: ${servers.join(', ')}`,
      cause: reason,
      fix: reason === noAnswer ? `once PXF responds: ${inside('gp-supervisor doctor')}` : '',
    }),
  )
}
