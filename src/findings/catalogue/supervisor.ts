import type { Entry } from './entry.ts'

export const configurationFindings = {
  'configuration.fault': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A variable cannot be used.',
    fix: 'Correct the variable and recreate the container. Until then the supervisor exits with code 78.',
  },
  'configuration.without-effect': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'A variable is set that has no effect any more.',
    fix: 'Remove it; the finding says what happens instead.',
  },
} as const satisfies Record<string, Entry>

export const supervisorFindings = {
  'supervisor.none': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'No supervisor is running in this container.',
    fix: 'Start the container. If it exits again, its log shows why.',
  },
  'supervisor.silent': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The supervisor is running here but does not respond.',
    fix: 'Give the doctor the `HEALTH_HOST` and `HEALTH_PORT` that it was started with, or restart the container.',
  },
  'supervisor.elsewhere': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Another container is running on this volume.',
    fix: 'Run the doctor in that container.',
  },
  'supervisor.stalled': {
    severities: ['error'],
    by: ['doctor'],
    title: "The supervisor's own checks make no progress.",
    fix: 'Restart the container and report it with the log.',
  },
  'supervisor.stopping': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The container is stopping.',
    fix: 'Wait until it has stopped, then start it again.',
  },
  'start.versions': {
    severities: ['note', 'warning'],
    by: ['run'],
    title:
      'Greenplum, PXF or gp-supervisor has another version than in the run before. A warning if it is older.',
    fix: 'Nothing needs to be done after an upgrade within a release.',
  },
  'start.slow': {
    severities: ['note'],
    by: ['run'],
    title:
      'A start took 1.5 times the median of its own past, and 5 s more; compared are at least five starts of the same kind by the same versions.',
    fix: 'Look at the stage that it names. After a kill, servers recover; otherwise the disk or the host may be busy.',
  },
  'component.failed': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A component has failed; `where` is its name.',
    fix: 'Fix the cause, then restart the container.',
  },
  'component.waiting': {
    severities: ['warning', 'error'],
    by: ['doctor'],
    title: 'A component is not ready yet. After five minutes of waiting, this is an error.',
    fix: 'Wait; `gp-supervisor status` shows its progress.',
  },
} as const satisfies Record<string, Entry>
