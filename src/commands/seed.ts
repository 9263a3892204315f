/** `seed`: lays the image's files into PXF_BASE as a start would; with --dry-run it only says what it would do. */
import { SupervisorError, exitCodes } from '../errors.ts'
import { driftOf, inspectSeeds, reconcileSeeds } from '../seeding/reconcile.ts'
import { seedOptionsOf } from '../supervisor/prepare.ts'
import type { BecomeAdministrator, CommandContext } from './command.ts'

export interface SeedContext extends CommandContext {
  readonly becomeAdministrator: BecomeAdministrator
}

export async function seed(
  { config, environment, print, becomeAdministrator }: SeedContext,
  dryRun: boolean,
): Promise<number> {
  const stillRoot = await becomeAdministrator(config.greenplum.user, config.greenplum.dataDirectory)
  if (stillRoot !== undefined && !dryRun) throw refusal(stillRoot)
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
  for (const warning of report.warnings) print(`warning: ${warning}`)
  for (const { advice } of driftOf(report)) print(advice)
  return 0
}

const refusal = (stillRoot: string) =>
  new SupervisorError(
    `cannot seed as root: ${stillRoot}; run it as the user that Greenplum runs as ` +
      '(docker exec --user NAME), or set GREENPLUM_USER to that name',
    { code: 'root', exitCode: exitCodes.configuration },
  )
