import type { Entry } from './entry.ts'

export const pxfFindings = {
  'pxf.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF cannot be inspected.',
    fix: 'Fix the cause given in the reason.',
  },
  'pxf.down': {
    severities: ['error', 'warning'],
    by: ['run', 'doctor'],
    title: 'PXF does not respond. While it starts for the first time, this is a warning.',
    fix: 'Fix the cause given in the finding, or see `logs/` in `PXF_BASE`.',
  },
  'pxf.class-data': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF starts without the class data of the image, which would shorten its start by a third.',
    fix: 'Remove what the cause names, or rebuild the image. `PXF_CLASS_DATA_SHARING=off` makes the program silent about it.',
  },
  'pxf.complained': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF exited with an error when it last ran.',
    fix: 'Fix the cause given in the finding.',
  },
  'pxf.restarted': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF was started more than once in this run, or ran out of heap.',
    fix: 'See the reasons in the log. If the heap was full, enlarge it.',
  },
} as const satisfies Record<string, Entry>

export const seedFindings = {
  'seeds.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The seed files cannot be inspected.',
    fix: 'Fix the cause given in the reason.',
  },
  'seeds.fault': {
    severities: ['error'],
    by: ['start', 'doctor'],
    title: 'Nothing can be copied to `PXF_BASE`, and PXF is not started.',
    fix: 'Fix each file as described in the finding, then start the container again.',
  },
  'seeds.server': {
    severities: ['error', 'warning'],
    by: ['start', 'doctor'],
    title: 'A PXF server is not copied. If the volume has an older copy, this is a warning.',
    fix: 'Fix its files in the image, or set the variables they need.',
  },
  'seeds.in-the-way': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Something in `PXF_BASE` would prevent the next start from copying files.',
    fix: 'Remove it, or change its owner.',
  },
  'seeds.readable': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'A file or directory with credentials is readable by other users.',
    fix: 'Change its mode.',
  },
  'seeds.manifest': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The list of earlier copies cannot be used, so files that differ count as edited.',
    fix: 'Nothing needs to be done: the next start writes a new one.',
  },
  'seeds.leftover': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'A file came from an earlier image and is not in this one.',
    fix: 'Delete it if nothing needs it.',
  },
  'seeds.missing': {
    severities: ['warning', 'note'],
    by: ['doctor'],
    title: 'Files of the image are not in `PXF_BASE`. Before the first start, this is a note.',
    fix: 'Restart the container, which writes them.',
  },
  'seeds.outdated': {
    severities: ['warning', 'note'],
    by: ['start', 'doctor'],
    title: 'A file is unedited, but the image or the environment has changed since it was copied.',
    fix: 'Delete it, or set `PXF_SEED_OVERWRITE` to `unmodified`, unless PXF should keep using it as it is.',
  },
  'seeds.edited': {
    severities: ['note', 'warning'],
    by: ['start', 'doctor'],
    title: 'A file was edited on the volume and is kept.',
    fix: 'Delete it to get the version of the image.',
  },
  'seeds.edited-and-outdated': {
    severities: ['warning', 'note'],
    by: ['start', 'doctor'],
    title: 'A file was edited on the volume, and the image or the environment has changed since.',
    fix: 'Delete it to get the version of the image.',
  },
  'seeds.unfilled': {
    severities: ['note', 'warning'],
    by: ['start', 'doctor'],
    title: 'A file is kept and cannot be compared, because a variable that it needs is not set.',
    fix: 'Set the variable if the file should follow the image.',
  },
} as const satisfies Record<string, Entry>

export const tableFindings = {
  'tables.unreadable': {
    severities: ['note', 'warning'],
    by: ['doctor'],
    title: 'The external tables of a database cannot be inspected.',
    fix: 'Fix the cause given in the reason.',
  },
  'tables.cut': {
    severities: ['note'],
    by: ['doctor'],
    title: 'A database has more external tables than are inspected.',
    fix: 'Nothing needs to be done.',
  },
  'tables.no-server': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A table names no server, and there is no default server.',
    fix: 'Add `SERVER` to `LOCATION`.',
  },
  'tables.server': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'A table names a server that does not exist.',
    fix: 'Recreate the table with the right `SERVER`, or add the server.',
  },
  'tables.site': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'A table names a server without a site file.',
    fix: 'Add the site file.',
  },
  'tables.profile': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A table names a profile that PXF does not have.',
    fix: 'Recreate the table with the right `PROFILE`.',
  },
} as const satisfies Record<string, Entry>
