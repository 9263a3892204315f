import type { Entry } from './entry.ts'

export const volumeFindings = {
  'volume.absent': {
    severities: ['error'],
    by: ['doctor'],
    title: 'There is no data directory.',
    fix: 'Mount the volume, or correct `GREENPLUM_DATA_DIRECTORY`.',
  },
  'volume.unreadable': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The volume cannot be looked at.',
    fix: 'Fix what the reason names: owner, mode or mount.',
  },
  'volume.lost': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'A cluster was made on this volume, and there is none now.',
    fix: 'Check that everything is mounted. To begin again on purpose, delete `.gp-supervisor/volume.json`.',
  },
  'volume.other-prefix': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'There are servers on the volume, and not where the coordinator should be.',
    fix: 'Set `GREENPLUM_SEG_PREFIX` or `GREENPLUM_DATA_DIRECTORY` to what the volume has.',
  },
  'volume.no-hba': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title:
      "The coordinator's `pg_hba.conf` is missing: the start script would take the volume for an empty one.",
    fix: 'Put the file back.',
  },
  'volume.interrupted': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The first start was interrupted; the cluster is half made.',
    fix: 'Start the container: it moves the cluster aside by itself and begins again.',
  },
  'volume.adopted': {
    severities: ['note'],
    by: ['start', 'doctor'],
    title: 'The volume was made without this supervisor.',
    fix: 'Nothing has to be done.',
  },
  'volume.cut-off': {
    severities: ['note'],
    by: ['start', 'doctor'],
    title: 'The first start was cut off when the database opened.',
    fix: 'Nothing has to be done.',
  },
  'volume.empty': {
    severities: ['note'],
    by: ['doctor'],
    title: 'The volume is empty.',
    fix: 'If there should be a database, check that the right volume is mounted.',
  },
  'volume.lock': {
    severities: ['note'],
    by: ['doctor'],
    title: 'It cannot be told whether another container holds the lock of the volume.',
    fix: 'List the containers that use the volume.',
  },
  'volume.init-scripts': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The first start ended before the custom init scripts were finished.',
    fix: 'Run them by hand, then delete `.gp-supervisor/volume.json`.',
  },
  'stop.killed': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous run was killed without a stop.',
    fix: 'Find out who killed it: want of memory, `kill -9`, power.',
  },
  'stop.cut-off': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous run was killed in the middle of its stop.',
    fix: 'Give the container more time to stop.',
  },
  'stop.unproven': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The previous stop was not verified as clean.',
    fix: 'See the last lines of its log. More time to stop may help.',
  },
  'stop.failed': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The previous run ended by itself, with an exit code other than 0.',
    fix: 'Fix the cause, then start the container.',
  },
} as const satisfies Record<string, Entry>
