/** What the server says of a library, in words that name the file and the mend. */
import { describeSqlError } from '../greenplum/sql-errors.ts'
import type { Library } from './manifest.ts'

const rebuild = 'build the image again on this very base image'

/** @param path of the library on this host, as far as it is known */
export function explainLibraryError(error: unknown, { file, name }: Library, path: string): string {
  const { code, message, detail } = (error ?? {}) as { code?: unknown; message?: unknown; detail?: unknown }
  const said = typeof detail === 'string' ? `${String(message)}: ${detail}` : String(message)
  if (/could not access file/.test(said)) {
    return `the library ${path} is missing: compile it into the image (seed/protocols/${name}) and ${rebuild} (${said})`
  }
  if (/incompatible library/.test(said)) {
    return `the library ${path} was built for another server: ${rebuild} (${said})`
  }
  if (/could not load library/.test(said) || code === '58P01') {
    return `the library ${path} cannot be loaded: ${rebuild} (${said})`
  }
  if (/could not find function/.test(said)) {
    return `the library ${path} lacks a function that ${file} names: correct the manifest or the source, and ${rebuild} (${said})`
  }
  return describeSqlError(error)
}
