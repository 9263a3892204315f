import type { Entry } from './entry.ts'

export const configurationFindings = {
  'configuration.fault': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A variable cannot be used.',
    fix: 'Correct the variable and create the container again. The supervisor ends with exit code 78 on it.',
  },
} as const satisfies Record<string, Entry>

export const supervisorFindings = {
  'supervisor.none': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'No supervisor runs in this container.',
    fix: 'Start the container. If it ends again, its log says why.',
  },
  'supervisor.silent': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The supervisor runs here and does not answer.',
    fix: 'Give the doctor the `HEALTH_HOST` and `HEALTH_PORT` that it was started with, or restart the container.',
  },
  'supervisor.elsewhere': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Another container runs on this volume.',
    fix: 'Run the doctor in that one.',
  },
  'supervisor.stalled': {
    severities: ['error'],
    by: ['doctor'],
    title: "The supervisor's own checks do not move.",
    fix: 'Restart the container and report it with the log.',
  },
  'supervisor.stopping': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The container is stopping.',
    fix: 'Wait for its end, then start it again.',
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
    title: 'A component is not ready yet; an error once it has waited for five minutes.',
    fix: 'Wait; `gp-supervisor status` shows how it gets on.',
  },
} as const satisfies Record<string, Entry>
