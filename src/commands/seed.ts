/** `seed`: lays the image's files into PXF_BASE as a start would; with --dry-run it only says what it would do. */
import { driftOf, inspectSeeds, reconcileSeeds } from '../seeding/reconcile.ts'
import { seedOptionsOf } from '../supervisor/prepare.ts'
import type { CommandContext } from './command.ts'

export async function seed({ config, environment, print }: CommandContext, dryRun: boolean): Promise<number> {
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
