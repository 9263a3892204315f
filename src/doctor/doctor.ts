/**
 * Looks at a running or a broken container, topic by topic, and says what is wrong. It changes nothing, never
 * throws over what it finds, and ends within 20 s (unless a disk hangs): first who runs here (3 s at most), then all the rest at once.
 */
import type { Config, Environment } from '../config/config.ts'
import { reasonOf } from '../errors.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import type { HbaRule } from '../hba/rule.ts'
import { createMask, type Mask } from '../logging/mask.ts'
import { judge } from '../preflight/findings.ts'
import { observe } from '../preflight/observe.ts'
import type { SeedOptions } from '../seeding/reconcile.ts'
import { deadline } from '../time.ts'
import { judgeConfiguration } from './configuration.ts'
import { judgeDatabase } from './database.ts'
import { observeDatabase } from './database-facts.ts'
import { cannotLook, combine, type Diagnosis, type Opinion, type Topic } from './finding.ts'
import { findHolder } from './lock-holder.ts'
import { judgePlace } from './place.ts'
import { judgePxf, observePxf } from './pxf.ts'
import { judgeSeeds, observeSeeds } from './seeds.ts'
import { secretsOf } from './site.ts'
import { judgeSites, type SitesFacts } from './sites.ts'
import { observeSites } from './sites-facts.ts'
import { askSupervisor, judgeSupervisor, whereItRuns } from './supervisor.ts'
import { judgeVolume, observeVolume } from './volume.ts'

export interface Patient {
  readonly config: Config
  readonly faults: readonly string[]
  readonly environment: Environment
  readonly seedOptions: SeedOptions
  /** undefined where pg_hba.conf is left alone. */
  readonly hbaRule: HbaRule | undefined
}

/** A session may take 4 s, a few come after one another; a name server may be slow. */
const topicMs = 15_000

export async function diagnose(patient: Patient): Promise<Diagnosis> {
  const { config, environment } = patient
  const [answer, holder] = await Promise.all([
    askSupervisor(config),
    findHolder(config.greenplum.dataDirectory),
  ])
  const running = whereItRuns(answer, holder)
  const snapshot = answer.kind === 'snapshot' ? answer.snapshot : undefined
  let sites: SitesFacts | undefined
  const looks: Readonly<Partial<Record<Topic, () => Promise<Opinion>>>> = {
    volume: async () =>
      judgeVolume(
        await observeVolume(config, { answer, holder, running }),
        running,
        config.greenplum.dataDirectory,
      ),
    place: async () =>
      judgePlace(
        judge(await observe(config, () => readToolEnvironment(environment))),
        snapshot?.preflight ?? [],
      ),
    database: async () => judgeDatabase(await observeDatabase(config, patient.hbaRule), running),
    pxf: async () => judgePxf(await observePxf(config, answer), running),
    ...(config.pxf.enabled
      ? {
          seeds: async () =>
            judgeSeeds(await observeSeeds(patient.seedOptions), config.pxf.seedMode, running),
          jdbc: async () => judgeSites((sites = await observeSites(config, environment)), running),
        }
      : {}),
  }
  const opinions = new Map<Topic, Opinion>([
    ['configuration', judgeConfiguration(patient.faults)],
    ['supervisor', judgeSupervisor(answer, running, Date.now())],
  ])
  await Promise.all(
    (Object.entries(looks) as [Topic, () => Promise<Opinion>][]).map(async ([topic, look]) => {
      opinions.set(topic, await within(topicMs, topic, look))
    }),
  )
  return masked(combine(opinions), maskFor(patient, sites))
}

/** The opinion, or that there is none: because the look failed, or because it takes too long. */
export async function within(ms: number, topic: Topic, look: () => Promise<Opinion>): Promise<Opinion> {
  const limit = deadline(ms)
  const late = new Promise<never>((_, reject) =>
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error), { once: true }),
  )
  try {
    return await Promise.race([look(), late])
  } catch (error) {
    return cannotLook(topic, reasonOf(error))
  } finally {
    limit.clear()
  }
}

/** Logs are quoted, and site files hold passwords: what is a secret in either is taken out of every line. */
function maskFor({ config, environment }: Patient, sites: SitesFacts | undefined): Mask {
  const properties = sites?.sites.flatMap((site) => ('properties' in site ? site.properties : [])) ?? []
  return createMask(config, { ...environment, ...secretsOf(properties) })
}

const masked = ({ findings, seen }: Diagnosis, mask: Mask): Diagnosis => ({
  findings: findings.map((finding) => ({
    ...finding,
    text: mask(finding.text),
    cause: mask(finding.cause),
    mend: mask(finding.mend),
  })),
  seen: seen.map(({ topic, text }) => ({ topic, text: mask(text) })),
})
