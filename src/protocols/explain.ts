/** Explains the server's errors about a library, with the file and the fix. */
import { describeSqlError } from '../greenplum/sql-errors.ts'
import type { Library } from './manifest.ts'

const rebuild = 'rebuild the image on this base image'

/** @param path the path of the library on this host, as far as it is known */
export function explainLibraryError(error: unknown, { file, name }: Library, path: string): string {
  const { code, message, detail } = (error ?? {}) as { code?: unknown; message?: unknown; detail?: unknown }
  const text = typeof detail === 'string' ? `${String(message)}: ${detail}` : String(message)
  if (/could not access file/.test(text)) {
    return `the library ${path} is missing: add its source to seed/protocols/${name}, then ${rebuild} (${text})`
  }
  if (/incompatible library/.test(text)) {
    return `the library ${path} was built for another server: ${rebuild} (${text})`
  }
  if (/could not load library/.test(text) || code === '58P01') {
    return `the library ${path} cannot be loaded: ${rebuild} (${text})`
  }
  if (/could not find function/.test(text)) {
    return `the library ${path} lacks a function that ${file} names: correct the manifest or the source, then ${rebuild} (${text})`
  }
  return describeSqlError(error)
}
