/** Reports changes of pg_hba.conf on disk, whether it was written in place or replaced by a rename. */
import { basename, dirname } from 'node:path'
import { watch } from 'chokidar'

/** Quiet time after the last write, so that a partly written file is not read. */
const settleMs = 300

/** Watches until `signal` aborts. `onError` is called if watching fails, for example for lack of inotify watches. */
export function watchFile(
  path: string,
  signal: AbortSignal,
  ports: { readonly onChange: () => void; readonly onError: (error: unknown) => void },
): void {
  const name = basename(path)
  const directory = dirname(path)
  // Watches the directory: after a rename the name refers to a new inode, which a watch on the file would miss.
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
