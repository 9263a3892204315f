/**
 * Inspects a running or a broken container, topic by topic, and reports what is wrong. It changes nothing, and no
 * finding makes it throw. It first determines what is running here, which takes at most 3 s, then inspects all topics
 * in parallel. It ends within 20 s, unless a disk hangs.
 */
import type { Config, Environment } from '../config/config.ts'
import type { ConfigFault } from '../config/faults.ts'
import { reasonOf } from '../errors.ts'
import { adviceFor } from '../findings/advice.ts'
import type { Topic } from '../findings/catalogue.ts'
import { reworded, type Opinion } from '../findings/finding.ts'
import { readToolEnvironment } from '../greenplum/environment.ts'
import type { HbaRule } from '../hba/rule.ts'
import type { Login } from '../jdbc/logins.ts'
import { observeJdbc } from '../jdbc/servers.ts'
import { judgeJdbc, type JdbcFacts } from '../jdbc/servers-judged.ts'
import { secretsOf } from '../jdbc/site.ts'
import { createMask, type Mask } from '../logging/mask.ts'
import { judgePlace } from '../preflight/findings.ts'
import { observePlace } from '../preflight/observe.ts'
import type { SeedOptions } from '../seeding/reconcile.ts'
import { deadline } from '../time.ts'
import { findHolder } from '../volume/lock-holder.ts'
import { observeVolume } from '../volume/observe.ts'
import { judgeConfiguration } from './configuration.ts'
import { judgeDatabase } from './database.ts'
import { examineDatabase } from './database-facts.ts'
import { cannotLook, combine, type Diagnosis, type Look } from './diagnosis.ts'
import { opinionOnPlace } from './place.ts'
import { judgePxf, observePxf, type PxfFacts } from './pxf.ts'
import { judgeSeeds, observeSeeds, statesOf } from './seeds.ts'
import { askSupervisor, judgeSupervisor, whereItRuns, type Around } from './supervisor.ts'
import { judgeTables } from './tables.ts'
import { observeTables } from './tables-facts.ts'
import { judgeVolume, previousStopOf } from './volume.ts'

export interface Patient {
  readonly config: Config
  readonly faults: readonly ConfigFault[]
  readonly environment: Environment
  readonly seedOptions: SeedOptions
  /** undefined if the supervisor does not change pg_hba.conf. */
  readonly hbaRule: HbaRule | undefined
}

/** A session may take 4 s, some run one after another, and a name server may be slow. */
const topicMs = 15_000

export async function diagnose(patient: Patient): Promise<Diagnosis> {
  const { config, environment } = patient
  const [answer, holder] = await Promise.all([
    askSupervisor(config),
    findHolder(config.greenplum.dataDirectory),
  ])
  const running = whereItRuns(answer, holder)
  const advice = adviceFor(config.platform)
  const around = { running, advice }
  const snapshot = answer.kind === 'snapshot' ? answer.snapshot : undefined
  const volume = observeVolume(config.greenplum)
  const pxf = observePxf(config, answer, () => readToolEnvironment(environment))
  let sites: JdbcFacts | undefined
  const looks: Looks = {
    volume: async () => {
      const previousStop = await previousStopOf(config.greenplum.dataDirectory, answer, running)
      return judgeVolume({ ...(await volume), previousStop, holder }, around)
    },
    place: async () =>
      opinionOnPlace(
        judgePlace(await observePlace(config, await volume, () => readToolEnvironment(environment)), advice),
        snapshot?.findings ?? [],
      ),
    database: async () => judgeDatabase(await examineDatabase(config, await volume, patient.hbaRule), around),
    pxf: async () => judgePxf(await pxf, around),
    ...(config.pxf.enabled
      ? filesOfPxf(patient, { ...around, pxf, learn: (facts) => void (sites = facts) })
      : {}),
  }
  const opinions = new Map<Topic, Opinion>([
    ['configuration', judgeConfiguration(patient.faults, advice)],
    ['supervisor', judgeSupervisor(answer, around, Date.now())],
  ])
  await Promise.all(
    (Object.entries(looks) as [Look, LookAt][]).map(async ([topic, look]) => {
      opinions.set(topic, await within(topicMs, topic, look))
    }),
  )
  return masked(combine(opinions), maskFor(patient, sites))
}

type LookAt = () => Promise<Opinion>
type Looks = Readonly<Partial<Record<Look, LookAt>>>

interface FilesAround extends Around {
  readonly pxf: Promise<PxfFacts>
  /** Passes on the site files, whose secrets must be masked in every topic. */
  readonly learn: (sites: JdbcFacts) => void
}

/** These topics use each other's facts. If another check fails, they continue without its facts. */
function filesOfPxf(
  { config, environment, seedOptions }: Patient,
  { running, advice, pxf, learn }: FilesAround,
): Looks {
  const seeds = observeSeeds(seedOptions)
  const sites = observeJdbc(config, environment)
  const logins = sites.then((facts) => facts.logins).catch(() => new Map<string, Login>())
  const answers = pxf.then((facts) => facts.answers).catch(() => false)
  return {
    seeds: async () =>
      judgeSeeds(await seeds, {
        mode: config.pxf.seedMode,
        running,
        advice,
        pxf: { answers: await answers, logins: await logins },
      }),
    jdbc: async () => {
      const facts = await sites
      learn(facts)
      const supervisor = running === 'here' ? 'runs' : running === 'silent' ? 'silent' : 'stopped'
      return judgeJdbc(facts, { supervisor, advice, seeds: statesOf(await seeds) })
    },
    tables: async () => judgeTables(await observeTables(config), { running, advice }),
  }
}

/** The result of the check, or that it failed or took too long. */
export async function within(ms: number, topic: Look, look: LookAt): Promise<Opinion> {
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

/** Masks secrets in every line, because logs are quoted and site files contain passwords. */
function maskFor({ config, environment }: Patient, sites: JdbcFacts | undefined): Mask {
  const properties = sites?.sites.flatMap((site) => ('properties' in site ? site.properties : [])) ?? []
  return createMask(config, { ...environment, ...secretsOf(properties) })
}

const masked = ({ findings, seen }: Diagnosis, mask: Mask): Diagnosis => ({
  findings: findings.map((one) => reworded(one, mask)),
  seen: seen.map(({ topic, text }) => ({ topic, text: mask(text) })),
})
