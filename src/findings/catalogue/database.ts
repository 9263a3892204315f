import type { Entry } from './entry.ts'

export const databaseFindings = {
  'database.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The database cannot be looked at.',
    fix: 'Fix what the reason names.',
  },
  'database.down': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The coordinator does not run.',
    fix: 'The log shows why. Start it by hand if it was stopped by hand, else restart the container.',
  },
  'database.killed': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Servers of a stopped container were not shut down.',
    fix: 'Nothing has to be done: the next start recovers them.',
  },
  'database.refused': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The coordinator runs and lets no session in.',
    fix: 'Wait while it starts or recovers, else restart the container.',
  },
  'database.segments': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Not every segment answers.',
    fix: 'Restart the container.',
  },
  'database.missing': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A database does not exist.',
    fix: 'Restart the container, which makes `GREENPLUM_DATABASE_NAME`; make any other by hand.',
  },
  'database.password': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: '`GREENPLUM_PASSWORD` is not the password of the database.',
    fix: 'Set `GREENPLUM_PASSWORD_SYNC` to 1, or put the old password back.',
  },
  'extension.missing': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Extension `pxf` is missing in a database.',
    fix: 'It is created again within half a minute. Otherwise restart the container, or create it by hand.',
  },
  'extension.outdated': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Extension `pxf` is older than the one of the image.',
    fix: 'Restart the container, or update it by hand.',
  },
  'extension.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Extension `pxf` cannot be looked for in a database.',
    fix: 'Fix what the reason names, or restart the container.',
  },
  'hba.rule': {
    severities: ['error', 'note'],
    by: ['doctor'],
    title: '`pg_hba.conf` lacks the rule for this host; a note before a start, which puts it in.',
    fix: 'Restart the container, which puts it in.',
  },
  'hba.address': {
    severities: ['warning'],
    by: ['doctor'],
    title: '`pg_hba.conf` trusts an address that the container does not have any more.',
    fix: 'Set `PG_HBA_SAMEHOST` to `trust`.',
  },
  'hba.unverified': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: "A session over TCP, as PXF's tools open it, fails.",
    fix: 'Fix the password, the host name or the order of the rules, as the finding says.',
  },
  'protocols.leftover-protocol': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: 'A custom protocol is registered that the image does not have any more.',
    fix: 'Drop it once no external table uses it.',
  },
  'protocols.leftover-function': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: 'A function was made from a manifest that the image does not have any more.',
    fix: 'Drop it once nothing uses it.',
  },
} as const satisfies Record<string, Entry>
