/** `doctor`: reports what is wrong with this container, with cause and fix. Exit code 0, 1 (warnings) or 2 (errors). */
import type { ConfigSources } from '../config/config.ts'
import { loadLeniently } from '../doctor/configuration.ts'
import { exitCodeOf } from '../doctor/diagnosis.ts'
import { diagnose } from '../doctor/doctor.ts'
import { asJson, asText } from '../doctor/report.ts'
import { hbaRuleOf } from '../hba/reconcile.ts'
import { seedOptionsOf } from '../seeding/options.ts'
import type { BecomeAdministrator, CommandContext } from './command.ts'

export interface DoctorContext extends Pick<CommandContext, 'print'> {
  readonly sources: ConfigSources
  readonly becomeAdministrator: BecomeAdministrator
}

export async function doctor(context: DoctorContext, json: boolean): Promise<number> {
  // Before dropping root: the password may be in a file that only root can read.
  const { config, faults } = loadLeniently(context.sources)
  // As root the doctor can report less, but it still runs.
  await context.becomeAdministrator(config.greenplum.user, config.greenplum.dataDirectory)
  const { environment } = context.sources
  const diagnosis = await diagnose({
    config,
    faults,
    environment,
    seedOptions: seedOptionsOf(config, environment),
    hbaRule: config.hba.samehost === 'off' ? undefined : hbaRuleOf(config),
  })
  context.print(json ? asJson(diagnosis) : asText(diagnosis))
  return exitCodeOf(diagnosis)
}
