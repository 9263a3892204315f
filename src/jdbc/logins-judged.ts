/** Judges what PXF answered when it was asked to log in to a JDBC source, and names the step that helps. Pure. */
import { explainPxfError, type Cause } from '../data-path/explain.ts'
import type { Advice } from '../findings/advice.ts'
import type { FindingId } from '../findings/catalogue.ts'
import { finding, type Finding } from '../findings/finding.ts'
import { printableName, shellWord } from '../printable.ts'
import type { SeedState } from '../seeding/plan.ts'
import { noAnswer, type Login } from './logins.ts'

/** A site file of the volume, and where what it says comes from. */
export interface SiteFile {
  readonly server: string
  /** On the volume. */
  readonly file: string
  /** The administrator, whom it belongs to. */
  readonly owner: string
  /** undefined: the image has no such file, or that could not be looked at. */
  readonly seed: SeedState | undefined
  /** By property: the variables that the image's file takes it from. */
  readonly variables: ReadonlyMap<string, readonly string[]>
  readonly advice: Advice
}

/** They are about the table, or about a value of it: PXF was let in. */
const letIn: ReadonlySet<Cause> = new Set(['source-table', 'source-permission', 'value'])

export const isIn = (login: Login | undefined): boolean =>
  login?.kind === 'in' || (login?.kind === 'refused' && letIn.has(explainPxfError(login.message).cause))

/** @param others what the file, the drivers and the network have been found guilty of */
export function judgeLogin(site: SiteFile, login: Login | undefined, others: readonly Finding[]): Finding[] {
  const path = `servers/${printableName(site.server)}/jdbc-site.xml`
  if (login === undefined || login.kind === 'in' || login.kind === 'untried' || isIn(login)) return []
  if (login.kind === 'silence') {
    if (isCovered('source', others)) return []
    return [
      finding('jdbc.login.silence', {
        text: `it cannot be told whether PXF can log in with ${path}: ${login.reason}`,
        cause: 'PXF waits up to 30 s for a source that does not answer',
        fix: `is the source up and not overloaded? ${site.advice.neighbours}; see also logs/pxf-service.log in PXF_BASE`,
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

/** Where a closer look has the reason already. */
function isCovered(cause: Cause, others: readonly Finding[]): boolean {
  const ids: Readonly<Partial<Record<Cause, readonly FindingId[]>>> = {
    source: ['jdbc.host', 'jdbc.port'],
    timeout: ['jdbc.host', 'jdbc.port'],
    driver: ['jdbc.driver'],
  }
  return others.some(({ id }) => ids[cause]?.includes(id) === true)
}

const fixFor = (site: SiteFile, cause: Cause): string =>
  fixes[cause]?.(site) ?? `logs/pxf-service.log in PXF_BASE has the whole error; the file: ${site.file}`

const restartPxf = ({ advice }: SiteFile) => `see logs/pxf-service.log in PXF_BASE; then: ${advice.restart}`

const fixes: Readonly<Partial<Record<Cause, (site: SiteFile) => string>>> = {
  credentials: (site) => bringIn(site, ['jdbc.user', 'jdbc.password']),
  'source-database': (site) => bringIn(site, ['jdbc.url']),
  source: (site) =>
    `is the source up? ${site.advice.neighbours}; if it is elsewhere: ${bringIn(site, ['jdbc.url'])}`,
  driver: (site) =>
    `put the driver's JAR into lib/ of PXF_BASE, then: ${site.advice.restart}; or ${bringIn(site, ['jdbc.driver', 'jdbc.url'])}`,
  timeout: () => 'look in the source for locks and for the number of sessions',
  pxf: restartPxf,
  'pxf-memory': restartPxf,
}

/** What really changes what PXF reads; it depends on where the file is from. A global PXF_SEED_OVERWRITE is never it. */
function bringIn(site: SiteFile, properties: readonly string[]): string {
  const what = properties.join(' and ')
  const edit = `put the right ${what} into the file, which counts from the next query on:\n${editSteps(site)}`
  switch (site.seed) {
    case 'current':
      return `${fromEnvironment(site, properties)}\nOr ${edit}`
    case 'outdated':
      return `the image or the environment has other values by now than this file. If those are right, have it written again: ${again(site)}\nIf they are not: ${edit}`
    case 'edited':
    case 'edited-and-outdated':
      return `the file was edited on the volume, so no start brings it up to date (PXF_SEED_OVERWRITE=unmodified neither): ${edit}\nOr, to have what the image and the environment say instead: ${again(site)}`
    case 'missing':
    case 'unfilled':
    case undefined:
      return edit
  }
}

/** The file is what the image and the environment give: those are wrong. */
function fromEnvironment(site: SiteFile, properties: readonly string[]): string {
  const { advice } = site
  const variables = [...new Set(properties.flatMap((name) => site.variables.get(name) ?? []))]
  const place =
    variables.length === 0
      ? `right values in the image's servers/${printableName(site.server)}/jdbc-site.xml (PXF_SEED_DIR), then: ${advice.rebuild}`
      : `right values for ${variables.join(' and ')} in ${advice.environment}`
  return `the file is as the image and the environment make it: ${place}; then remove the file, so that it is written again: ${advice.inOrder(remove(site), advice.recreate)}`
}

/** Not as root: the administrator may have put a link there, and the advice must not go through it. */
const remove = ({ advice, owner, file }: SiteFile): string => advice.inside(`rm ${shellWord(file)}`, owner)

const again = (site: SiteFile): string => site.advice.inOrder(remove(site), site.advice.restart)

/** Owner and mode of the file stay. */
const editSteps = ({ advice, owner, file }: SiteFile): string =>
  [
    advice.inside(`cat ${shellWord(file)} > jdbc-site.xml`, owner),
    '(edit jdbc-site.xml)',
    advice.inside(`tee ${shellWord(file)} < jdbc-site.xml > /dev/null`, owner),
  ].join('\n')

/** That no login was tried is said once, not server by server. */
export function untried(logins: ReadonlyMap<string, Login>, { inside }: Advice): Finding[] {
  const reasons = new Map<string, string[]>()
  for (const [server, login] of logins) {
    if (login.kind === 'untried') reasons.set(login.reason, [...(reasons.get(login.reason) ?? []), server])
  }
  return [...reasons].map(([reason, servers]) =>
    finding('jdbc.login.untried', {
      text: `the login was not tried: ${servers.join(', ')}`,
      cause: reason,
      fix: reason === noAnswer ? `once PXF answers: ${inside('gp-supervisor doctor')}` : '',
    }),
  )
}
