import type { Entry } from './entry.ts'

export const databaseFindings = {
  'database.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The database cannot be inspected.',
    fix: 'Fix the cause given in the reason.',
  },
  'database.down': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The coordinator is not running.',
    fix: 'The log shows why. If it was stopped by hand, start it by hand; otherwise restart the container.',
  },
  'database.killed': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Servers of a stopped container were not shut down.',
    fix: 'Nothing needs to be done: the next start recovers them.',
  },
  'database.refused': {
    severities: ['error'],
    by: ['doctor'],
    title: 'The coordinator is running but accepts no sessions.',
    fix: 'Wait while it starts or recovers; otherwise restart the container.',
  },
  'database.segments': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Some segments do not respond.',
    fix: 'Restart the container.',
  },
  'database.cluster': {
    severities: ['warning', 'error'],
    by: ['run', 'doctor'],
    title:
      'Servers of a cluster of several hosts are down or have swapped roles. An error if some data cannot be read.',
    fix: 'Start the host that the finding names. With `CLUSTER_RECOVERY=auto` the rest follows; otherwise run what the finding says.',
  },
  'database.hosts-differ': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title:
      'A host of the cluster has another image than the coordinator: versions, protocols or files for PXF differ.',
    fix: 'Create the containers of all hosts from the same image.',
  },
  'database.missing': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A database does not exist.',
    fix: 'Restart the container, which creates `GREENPLUM_DATABASE_NAME`; create any other by hand.',
  },
  'database.password': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: '`GREENPLUM_PASSWORD` is not the password of the database.',
    fix: 'Set `GREENPLUM_PASSWORD_SYNC` to 1, or restore the old password in the environment.',
  },
  'extension.missing': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Extension `pxf` is missing in a database.',
    fix: 'It is recreated within half a minute. Otherwise restart the container, or create it by hand.',
  },
  'extension.outdated': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Extension `pxf` is older than that of the image.',
    fix: 'Restart the container, or update it by hand.',
  },
  'extension.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'It cannot be checked whether a database has extension `pxf`.',
    fix: 'Fix the cause given in the reason, or restart the container.',
  },
  'hba.rule': {
    severities: ['error', 'note'],
    by: ['doctor'],
    title: '`pg_hba.conf` lacks the rule for this host. Before a start, which adds the rule, this is a note.',
    fix: 'Restart the container, which adds the rule.',
  },
  'hba.address': {
    severities: ['warning'],
    by: ['doctor'],
    title: '`pg_hba.conf` trusts an address that the container no longer has.',
    fix: 'Set `PG_HBA_SAMEHOST` to `trust`.',
  },
  'hba.unverified': {
    severities: ['error'],
    by: ['run', 'doctor'],
    title: "A session over TCP, as PXF's tools open it, fails.",
    fix: 'Fix the password, the host name or the order of the rules, as described in the finding.',
  },
  'protocols.leftover-protocol': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: 'A custom protocol is registered that the image no longer has.',
    fix: 'Drop it once no external table uses it.',
  },
  'protocols.leftover-function': {
    severities: ['warning'],
    by: ['run', 'doctor'],
    title: 'A function was created from a manifest that the image no longer has.',
    fix: 'Drop it once nothing uses it.',
  },
} as const satisfies Record<string, Entry>
