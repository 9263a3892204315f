import type { Entry } from './entry.ts'

export const placeFindings = {
  'place.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Host and container cannot be inspected.',
    fix: 'Fix the cause given in the reason.',
  },
  'place.image-family': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The base image does not belong to a known family; it is treated as the nearest one.',
    fix: 'Set `BASE_IMAGE_FAMILY` to its family.',
  },
  'place.account': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'The container runs with a user id that has no account.',
    fix: 'Do not set a user for the container; the image switches to the administrator by itself.',
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
    title: 'The volume was created by another release than that of the image.',
    fix: 'Use an image of the release that created it, or move the data with `pg_dump`.',
  },
  'place.database-name': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'A first start cannot create a database with that name.',
    fix: 'Choose another `GREENPLUM_DATABASE_NAME`.',
  },
  'place.hostname': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The host name differs from the one with which the cluster was created.',
    fix: 'Give the container its earlier host name.',
  },
  'place.read-only': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The volume, or a mount inside it, is read-only.',
    fix: 'Mount it without `ro`.',
  },
  'place.unwritable': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'The home folder of the administrator, or `/tmp`, cannot be written.',
    fix: 'Give it a mount of its own: [run it hardened](../how-to/run-hardened.md).',
  },
  'place.not-by-root': {
    severities: ['note'],
    by: ['start', 'doctor'],
    title:
      'The container was started with `--user`, so it has no sshd, which `gpinitsystem` and `gpstart` need.',
    fix: 'Nothing, as long as first starts adopt the prepared cluster and all later ones are fast starts.',
  },
  'place.owner': {
    severities: ['refuse'],
    by: ['start', 'doctor'],
    title: 'Data is owned by another user than the one that Greenplum runs as.',
    fix: 'Change the owner.',
  },
  'place.disk': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The disk of the volume is nearly full.',
    fix: 'Free space on it.',
  },
  'place.interrupted': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'Incomplete clusters of interrupted first starts take up space.',
    fix: 'Delete them: they hold no data.',
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
    title: 'The limit of open files is too low.',
    fix: 'Raise the limit of open files.',
  },
  'place.semaphores': {
    severities: ['refuse', 'warning'],
    by: ['start', 'doctor'],
    title: 'The kernel provides too few semaphores.',
    fix: 'Raise `kernel.sem`.',
  },
  'place.java': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'There is no Java for PXF.',
    fix: 'Use a base image with PXF and its Java, or disable PXF.',
  },
} as const satisfies Record<string, Entry>
