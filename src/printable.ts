/**
 * Text of others, fit for a terminal and for a shell: names of files, and what roles of the database called their things,
 * may hold whatever somebody wants a screen, or a line that is pasted, to do. Pure.
 */

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g
// oxlint-disable-next-line no-control-regex
const controlsAndLineEnds = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g

/** Lines stay lines; nothing steers the terminal. */
export const printable = (text: string): string => text.replaceAll(controls, '?')

const longestName = 100

/** On one line, so that it cannot pass for the next sentence. */
export const printableName = (name: string): string =>
  name.replaceAll(controlsAndLineEnds, '?').slice(0, longestName)

/** One word of a command line, whatever is in it. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
