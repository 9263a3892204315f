import type { Entry } from './entry.ts'

export const jdbcFindings = {
  'jdbc.unreadable': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'A site file, or the whole `servers/` directory of PXF, cannot be read.',
    fix: 'Change its owner and mode.',
  },
  'jdbc.xml': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A site file is not well-formed XML.',
    fix: 'Correct the line; `&` is written `&amp;` in XML.',
  },
  'jdbc.key': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF does not know a property and ignores it.',
    fix: 'Correct its name, or delete it.',
  },
  'jdbc.placeholder': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A placeholder is never filled in; the source receives it literally.',
    fix: 'Replace it with the value.',
  },
  'jdbc.missing': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'A site file lacks the driver or the URL.',
    fix: 'Add the property.',
  },
  'jdbc.blanks': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Spaces or line breaks around a value are part of the value.',
    fix: 'Write the value on one line, without surrounding spaces.',
  },
  'jdbc.login': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'A site file has no user or no password.',
    fix: 'Set the property.',
  },
  'jdbc.jar': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A file in `lib/` is named `.jar` but is not a JAR.',
    fix: 'Remove it, or replace it with the complete file; then restart the container.',
  },
  'jdbc.drivers': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Several JARs contain the same driver.',
    fix: 'Delete all but one, then restart the container.',
  },
  'jdbc.driver': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'No JAR contains the driver. If not every directory could be searched, this is a warning.',
    fix: 'Copy its JAR to `lib/` in `PXF_BASE`, then restart the container.',
  },
  'jdbc.localhost': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The URL points to this container itself.',
    fix: 'Use the host name of the source.',
  },
  'jdbc.host': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'The host in the URL cannot be resolved. While the container is stopped, this is a warning.',
    fix: 'Correct the name, or start the source in the same network.',
  },
  'jdbc.port': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'The source cannot be reached. While the container is stopped, this is a warning.',
    fix: 'Start the source, or correct the host and port.',
  },
  'jdbc.login.failed': {
    severities: ['error'],
    by: ['doctor'],
    title: 'PXF cannot log in to the source.',
    fix: 'Correct the values in the file, as described in the finding.',
  },
  'jdbc.login.silence': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The source does not answer the login attempt in time.',
    fix: 'Check whether the source is running and not overloaded.',
  },
  'jdbc.login.untried': {
    severities: ['note'],
    by: ['doctor'],
    title: 'The login was not tried.',
    fix: 'Run the doctor again once PXF responds.',
  },
} as const satisfies Record<string, Entry>
