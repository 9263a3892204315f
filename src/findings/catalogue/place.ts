import type { Entry } from './entry.ts'

export const placeFindings = {
  'place.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Host and container cannot be looked at.',
    fix: 'Fix what the reason names.',
  },
  'place.account': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'The container runs as a number that has no account.',
    fix: 'Run it without a user of its own; the image becomes the administrator by itself.',
  },
  'place.root': {
    severities: ['refuse'],
    by: ['start'],
    title: 'The supervisor was started as root.',
    fix: "Keep the image's own entrypoint.",
  },
  'place.release': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'The volume was made by another release than that of the image.',
    fix: 'Use an image of the release that made it, or move the data with `pg_dump`.',
  },
  'place.database-name': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'A first start cannot make a database of that name.',
    fix: 'Choose another `GREENPLUM_DATABASE_NAME`.',
  },
  'place.hostname': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The host has another name than when the cluster was made.',
    fix: 'Give the container that name.',
  },
  'place.read-only': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The volume, or a mount below it, is read-only.',
    fix: 'Mount it without `ro`.',
  },
  'place.owner': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'Data belongs to another user than the one Greenplum runs as.',
    fix: 'Change the owner.',
  },
  'place.disk': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The disk of the volume is nearly full.',
    fix: 'Free some space on it.',
  },
  'place.interrupted': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'Half-made clusters of interrupted first starts take up space.',
    fix: 'Delete them: nobody has data there.',
  },
  'place.memory': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'There is too little memory for the servers and PXF.',
    fix: 'Give the container more memory, or PXF a smaller heap.',
  },
  'place.shared-memory': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: '`/dev/shm` is too small.',
    fix: 'Give the container more shared memory.',
  },
  'place.open-files': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'Too few files may be open at a time.',
    fix: 'Raise the limit of open files.',
  },
  'place.semaphores': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The kernel gives too few semaphores.',
    fix: 'Raise `kernel.sem`.',
  },
  'place.java': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'There is no Java that PXF runs on.',
    fix: 'Use a base image with PXF and its Java, or switch PXF off.',
  },
} as const satisfies Record<string, Entry>
