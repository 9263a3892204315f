/** Tells when pg_hba.conf changes on disk, however it was written: in place, or replaced by a rename. */
import { basename, dirname } from 'node:path'
import { watch } from 'chokidar'

/** Quiet time after the last write, so that a half-written file is not judged. */
const settleMs = 300

/** Watches until `signal` aborts. `onError` gets a failing watch (out of inotify watches, say). */
export function watchFile(
  path: string,
  signal: AbortSignal,
  ports: { readonly onChange: () => void; readonly onError: (error: unknown) => void },
): void {
  const name = basename(path)
  const directory = dirname(path)
  // The directory, not the file: a rename puts a new inode under the name, which a file's watch never sees.
  const watcher = watch(directory, {
    depth: 0,
    ignoreInitial: true,
    ignored: (candidate) => candidate !== directory && basename(candidate) !== name,
  })
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', (_event, changed) => {
    if (basename(changed) !== name) return
    clearTimeout(timer)
    timer = setTimeout(ports.onChange, settleMs)
  })
  watcher.on('error', ports.onError)
  const close = () => {
    clearTimeout(timer)
    void watcher.close()
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
}
