/** Prometheus of this machine, as `apt-get install prometheus` brings it; tests that need it are skipped without it. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const hasProgram = (name: 'prometheus' | 'promtool'): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))
