/**
 * Makes foreign text safe to print and to paste into a shell: names of files and of database objects may contain
 * control sequences and shell syntax. Pure.
 */

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g
// oxlint-disable-next-line no-control-regex
const controlsAndLineEnds = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g

/** Keeps line breaks; removes what would control the terminal. */
export const printable = (text: string): string => text.replaceAll(controls, '?')

const longestName = 100

/** On one line, so that a name cannot imitate a line of output. */
export const printableName = (name: string): string =>
  name.replaceAll(controlsAndLineEnds, '?').slice(0, longestName)

/** Quoted as one word of a command line. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
