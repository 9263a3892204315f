/**
 * Writes the history of the volume in its argument again and again, until it is killed. With a second argument it does what
 * the program must not: it writes into the file itself.
 */
import { writeFile } from 'node:fs/promises'
import { argv, stdout } from 'node:process'
import { historyPath, readHistory, writeHistory } from './file.ts'
import { startOf } from './run.fixture.ts'
import { withRun } from './run.ts'

const [, , dataDirectory = '', inPlace] = argv
const stored = await readHistory(dataDirectory)
if (stored.kind === 'foreign') throw new Error(stored.reason)
let { runs } = stored
for (let count = 0; ; count++) {
  runs = withRun(runs, startOf({ gpdb: 1, pxf: 2, ready: count }))
  if (inPlace === undefined) await writeHistory(dataDirectory, runs)
  else await writeFile(historyPath(dataDirectory), JSON.stringify({ version: 1, runs }))
  if (count === 0) stdout.write('writes\n')
}
