/**
 * `seed`: copies the image's files into PXF_BASE, as a start does. `--dry-run` only reports what would be copied.
 * `--check` validates the files of the image while it is built; it needs neither a volume nor values.
 */
import type { Config } from '../config/config.ts'
import { SupervisorError, exitCodes } from '../errors.ts'
import { variableName } from '../image/profile.ts'
import { sentenceOf } from '../findings/finding.ts'
import { readLibraries } from '../protocols/manifest.ts'
import { describeFaults, heldBackFinding } from '../seeding/faults.ts'
import { readImage } from '../seeding/image.ts'
import { driftOf, inspectSeeds, reconcileSeeds } from '../seeding/reconcile.ts'
import { faultLines, readSqlFiles } from '../sql/files.ts'
import { seedOptionsOf } from '../seeding/options.ts'
import type { BecomeAdministrator, CommandContext } from './command.ts'

export interface SeedContext extends CommandContext {
  readonly becomeAdministrator: BecomeAdministrator
}

export async function seed(
  { config, environment, print, becomeAdministrator }: SeedContext,
  dryRun: boolean,
): Promise<number> {
  const stillRoot = await becomeAdministrator(config.greenplum.user, config.greenplum.dataDirectory)
  if (stillRoot !== undefined && !dryRun) throw refusal(stillRoot, config)
  const options = seedOptionsOf(config, environment)
  const report = dryRun ? await inspectSeeds(options) : await reconcileSeeds(options)
  print(
    `${config.pxf.base}, PXF_SEED_OVERWRITE=${config.pxf.seedMode}${dryRun ? ', nothing is written' : ''}`,
  )
  for (const { path, state, action, backup } of report.files) {
    print(
      `  ${action.padEnd(10)}${path}  (${state})${backup === undefined ? '' : `  old file kept as ${backup}`}`,
    )
  }
  for (const found of [...report.heldBack.map(heldBackFinding), ...report.warnings])
    print(`${found.severity}: ${sentenceOf(found)}`)
  for (const drift of driftOf(report)) print(sentenceOf(drift))
  return 0
}

/** @throws SupervisorError with every fault of the image's files, each with its line */
export async function checkSeeds({ config, print }: Omit<CommandContext, 'environment'>): Promise<number> {
  const pxf = config.pxf.enabled ? await readImage(seedOptionsOf(config, {})) : undefined
  const sql = await readSqlFiles(config.sql.directory)
  const protocols = await readLibraries(config.protocols.directory, config.greenplum.database)
  const faults = [
    ...describeFaults(pxf?.faults ?? []),
    ...sql.flatMap(faultLines).map((line) => `${config.sql.directory}/${line}`),
    ...protocols.faulty.flatMap((library) => library.faults),
  ]
  if (faults.length > 0) throw refused(faults)
  print(checked(config, { pxf: pxf?.files.length ?? 0, sql: sql.length, protocols: protocols.sound.length }))
  return 0
}

const refused = (faults: readonly string[]): SupervisorError =>
  new SupervisorError(`cannot use the files of the image:\n  - ${faults.join('\n  - ')}`, {
    code: 'seed',
    exitCode: exitCodes.configuration,
  })

const checked = (
  { pxf, sql, protocols }: Config,
  counts: { readonly pxf: number; readonly sql: number; readonly protocols: number },
): string =>
  [
    'the files of the image can be used:',
    `  files for PXF_BASE: ${counts.pxf} (${pxf.seedDirectory}, ${pxf.confSeedDirectory})`,
    `  SQL files: ${counts.sql} (${sql.directory})`,
    `  manifests: ${counts.protocols} (${protocols.directory})`,
  ].join('\n')

const refusal = (stillRoot: string, { greenplum }: Config) =>
  new SupervisorError(
    `cannot seed as root: ${stillRoot}; run it as the user that Greenplum runs as ` +
      `(the option --user of the container runtime), or set ${variableName(greenplum.profile, 'USER')} to that name`,
    { code: 'root', exitCode: exitCodes.configuration },
  )
