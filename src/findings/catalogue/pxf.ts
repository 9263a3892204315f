import type { Entry } from './entry.ts'

export const pxfFindings = {
  'pxf.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF cannot be looked at.',
    fix: 'Fix what the reason names.',
  },
  'pxf.down': {
    severities: ['error', 'warning'],
    by: ['run', 'doctor'],
    title: 'PXF does not answer; a warning while it starts for the first time.',
    fix: 'Fix the cause that the finding names, or see `logs/` in `PXF_BASE`.',
  },
  'pxf.complained': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF ended with an error when it ran last.',
    fix: 'Fix the cause that the finding names.',
  },
  'pxf.restarted': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF was started more than once in this run, or its heap was full.',
    fix: 'See the reasons in the log; a larger heap where it was full.',
  },
} as const satisfies Record<string, Entry>

export const seedFindings = {
  'seeds.unreadable': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The seeds cannot be looked at.',
    fix: 'Fix what the reason names.',
  },
  'seeds.fault': {
    severities: ['error'],
    by: ['start', 'doctor'],
    title: 'Nothing can be copied to `PXF_BASE`, and PXF is not started.',
    fix: 'Fix each file as the finding says, then start the container again.',
  },
  'seeds.server': {
    severities: ['error', 'warning'],
    by: ['start', 'doctor'],
    title: 'A server of PXF is not copied; a warning where the volume has an older one.',
    fix: 'Fix its files in the image, or set the variables that they need.',
  },
  'seeds.in-the-way': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Something in `PXF_BASE` would keep the next start from copying.',
    fix: 'Remove it, or change its owner.',
  },
  'seeds.readable': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'Others can read a file or a folder with credentials.',
    fix: 'Change its mode.',
  },
  'seeds.manifest': {
    severities: ['warning'],
    by: ['start', 'doctor'],
    title: 'The note of earlier copies cannot be used; files that differ count as edited.',
    fix: 'Nothing has to be done: the next start writes a new one.',
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
    title: 'Files of the image are not in `PXF_BASE`; a note before the first start.',
    fix: 'Restart the container, which writes them.',
  },
  'seeds.outdated': {
    severities: ['warning', 'note'],
    by: ['start', 'doctor'],
    title: 'A file is as it was copied, and the image or the environment has changed since.',
    fix: 'Delete it, or set `PXF_SEED_OVERWRITE` to `unmodified`, unless PXF works with it as it is.',
  },
  'seeds.edited': {
    severities: ['note', 'warning'],
    by: ['start', 'doctor'],
    title: 'A file was edited on the volume and is kept.',
    fix: 'Delete it to get the one of the image.',
  },
  'seeds.edited-and-outdated': {
    severities: ['warning', 'note'],
    by: ['start', 'doctor'],
    title: 'A file was edited on the volume, and the image or the environment has changed since.',
    fix: 'Delete it to get the one of the image.',
  },
  'seeds.unfilled': {
    severities: ['note', 'warning'],
    by: ['start', 'doctor'],
    title: 'A file is kept and cannot be compared: the environment lacks a variable of it.',
    fix: 'Set the variable, if the file is to follow the image.',
  },
} as const satisfies Record<string, Entry>

export const tableFindings = {
  'tables.unreadable': {
    severities: ['note', 'warning'],
    by: ['doctor'],
    title: 'The external tables of a database cannot be looked at.',
    fix: 'Fix what the reason names.',
  },
  'tables.cut': {
    severities: ['note'],
    by: ['doctor'],
    title: 'A database has more external tables than are looked at.',
    fix: 'Nothing has to be done.',
  },
  'tables.no-server': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A table names no server, and there is no default one.',
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
