import { families } from '../../image/families.ts'
import { variableName } from '../../image/profile.ts'
import type { Entry } from './entry.ts'

const [usual] = families

export const volumeFindings = {
  'volume.absent': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The data directory does not exist.',
    fix: `Mount the volume, or correct \`${variableName(usual, 'DATA_DIRECTORY')}\`.`,
  },
  'volume.unreadable': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The volume cannot be inspected.',
    fix: 'Fix the cause given in the reason: owner, mode or mount.',
  },
  'volume.lost': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'A cluster was created on this volume, but is no longer there.',
    fix: 'Check that everything is mounted. To start over on purpose, delete `.gp-supervisor/volume.json`.',
  },
  'volume.replaced': {
    severities: ['refuse'],
    by: ['start'],
    title: 'The standby of this coordinator was promoted while this host was away.',
    fix: 'Start the container again: this host becomes the standby of the new coordinator.',
  },
  'volume.other-prefix': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'The volume has servers, but none where the coordinator should be.',
    fix: `Set \`${variableName(usual, 'SEG_PREFIX')}\` or \`${variableName(usual, 'DATA_DIRECTORY')}\` to match the volume.`,
  },
  'volume.no-hba': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: "The coordinator's `pg_hba.conf` is missing: the start script would treat the volume as empty.",
    fix: 'Restore the file.',
  },
  'volume.interrupted': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The first start was interrupted; the cluster is incomplete.',
    fix: 'Start the container: it moves the incomplete cluster aside and starts over.',
  },
  'volume.adopted': {
    severities: ['note'],
    by: ['start', 'doctor'],
    title: 'The volume was created without this supervisor.',
    fix: 'Nothing needs to be done.',
  },
  'volume.cut-off': {
    severities: ['note'],
    by: ['start', 'doctor'],
    title: 'The first start was interrupted just as the database began to accept connections.',
    fix: 'Nothing needs to be done.',
  },
  'volume.empty': {
    severities: ['note'],
    by: ['doctor'],
    title: 'The volume is empty.',
    fix: 'If you expect a database here, check that the right volume is mounted.',
  },
  'volume.lock': {
    severities: ['note'],
    by: ['doctor'],
    title: 'It is unknown whether another container holds the lock on the volume.',
    fix: 'List the containers that use the volume.',
  },
  'volume.init-scripts': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The first start ended before the custom init scripts were finished.',
    fix: 'Run the scripts by hand, then delete `.gp-supervisor/volume.json`.',
  },
  'history.unreadable': {
    severities: ['warning'],
    by: ['start'],
    title: 'The history of runs cannot be read.',
    fix: 'Nothing needs to be done if it could be moved aside. Otherwise fix what the reason names: owner, mode or disk.',
  },
  'stop.unreadable': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'How the previous run ended cannot be read.',
    fix: 'Fix what the reason names: owner, mode or disk.',
  },
  'stop.killed': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous run was killed without being stopped.',
    fix: 'Find out what killed it: lack of memory, `kill -9`, a power failure.',
  },
  'stop.cut-off': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous run was killed while it was shutting down.',
    fix: 'Give the container more time to stop.',
  },
  'stop.unproven': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous shutdown could not be verified as clean.',
    fix: 'See the last lines of its log. A longer grace period may help.',
  },
  'stop.failed': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The previous run ended on its own with a non-zero exit code.',
    fix: 'Fix the cause, then start the container.',
  },
} as const satisfies Record<string, Entry>
