import type { Entry } from './entry.ts'

export const jdbcFindings = {
  'jdbc.unreadable': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'A site file, or all the servers of PXF, cannot be read.',
    fix: 'Change its owner and mode.',
  },
  'jdbc.xml': {
    severities: ['error'],
    by: ['doctor'],
    title: 'A site file is broken.',
    fix: 'Correct the line; `&` is written `&amp;` in XML.',
  },
  'jdbc.key': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'PXF does not know a property, and ignores it.',
    fix: 'Correct its name, or delete it.',
  },
  'jdbc.placeholder': {
    severities: ['error'],
    by: ['doctor'],
    title: 'Nobody fills a placeholder; the source gets it as it is.',
    fix: 'Write the value.',
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
    title: 'Blanks or line ends around a value count as part of it.',
    fix: 'Write the value on one line, without blanks.',
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
    title: 'A file in `lib/` is called `.jar` and is none.',
    fix: 'Remove it, or put the whole file there; then restart the container.',
  },
  'jdbc.drivers': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'Several JARs have the same driver.',
    fix: 'Delete all but one, then restart the container.',
  },
  'jdbc.driver': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'The driver is in no JAR; a warning where not every place could be looked at.',
    fix: 'Copy its JAR to `lib/` in `PXF_BASE`, then restart the container.',
  },
  'jdbc.localhost': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The URL leads to this container itself.',
    fix: 'Name the host of the source.',
  },
  'jdbc.host': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'The host of the URL cannot be found; a warning beside a container that is stopped.',
    fix: 'Correct the name, or start the source in the same network.',
  },
  'jdbc.port': {
    severities: ['error', 'warning'],
    by: ['doctor'],
    title: 'The source cannot be reached; a warning beside a container that is stopped.',
    fix: 'Start the source, or correct host and port.',
  },
  'jdbc.login.failed': {
    severities: ['error'],
    by: ['doctor'],
    title: 'PXF cannot log in to the source.',
    fix: 'Put right values into the file, as the finding says for that very file.',
  },
  'jdbc.login.silence': {
    severities: ['warning'],
    by: ['doctor'],
    title: 'The source does not answer the login in time.',
    fix: 'Look at the source: is it up, is it overloaded?',
  },
  'jdbc.login.untried': {
    severities: ['note'],
    by: ['doctor'],
    title: 'The login was not tried.',
    fix: 'Run the doctor again once PXF answers.',
  },
} as const satisfies Record<string, Entry>
