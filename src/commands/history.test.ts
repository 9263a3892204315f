import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { createEvents } from '../health/events.ts'
import { listen } from '../health/server.ts'
import { historyPath, writeHistory } from '../history/file.ts'
import { clean, startOf } from '../history/run.fixture.ts'
import { lockVolume } from '../volume/lock.ts'
import { beginRun, endRun } from '../volume/state.ts'
import { history } from './history.ts'

const { end: _, ...open } = startOf({ gpdb: 2500, pxf: 3100, ready: 3200 })

async function volume() {
  const data = await mkdtemp(join(tmpdir(), 'history-'))
  onTestFinished(() => rm(data, { recursive: true }))
  await beginRun(data, open.startedAt)
  /** @returns what the command answers and prints */
  const ask = async (json = true, port = 1) => {
    const environment = {
      GREENPLUM_PASSWORD: 'x',
      GREENPLUM_DATA_DIRECTORY: data,
      HEALTH_PORT: String(port),
    }
    const config = loadConfig({ environment, hostname: 'h', readFile: () => '' })
    const printed: string[] = []
    const asked: string[] = []
    const code = await history(
      {
        config,
        environment,
        print: (text) => void printed.push(text),
        becomeAdministrator: (user, directory) => {
          asked.push(user, directory)
          return Promise.resolve(undefined)
        },
      },
      json,
    )
    expect(asked).toEqual(['gpadmin', data])
    return { code, text: printed.join('\n') }
  }
  return { data, ask }
}

const runs = (...all: object[]) => ({ code: 0, text: JSON.stringify({ runs: all }, null, 2) })

describe('history', () => {
  it('is that of the running supervisor, whatever is on the volume', async () => {
    const { data, ask } = await volume()
    await writeHistory(data, [])
    const server = await listen(
      { host: '127.0.0.1', port: 0 },
      {
        snapshot: () => ({}) as never,
        history: () => [open],
        lastMoveMs: () => 0,
        metrics: async () => '',
        events: createEvents(() => '{}'),
        onError: () => {},
      },
    )
    onTestFinished(() => server.close())
    expect(await ask(true, server.port)).toEqual(runs(open))
    expect(await ask(false, server.port)).toMatchObject({
      code: 0,
      text: expect.stringMatching(
        /^started .*\n2026-11-27T07:00:00Z {2}later, fast {2}3\.2 s .*running/,
      ) as string,
    })
  })

  it('of the volume has the newest first, and an end for a run that was killed', async () => {
    const { data, ask } = await volume()
    const first = { ...open, startedAt: '2026-11-26T07:00:00.000Z', end: clean }
    await writeHistory(data, [first, open])
    expect(await ask()).toEqual(runs({ ...open, end: { how: 'killed' } }, first))
    await endRun(data, { ...clean, directories: [] })
    expect(await ask()).toEqual(runs({ ...open, end: clean }, first))
  })

  it('beside a run of another container leaves that one open', async () => {
    const { data, ask } = await volume()
    await writeHistory(data, [open])
    const lock = await lockVolume(data, new AbortController().signal, () => {})
    onTestFinished(lock.release)
    expect(await ask()).toEqual(runs(open))
  })

  it('is empty on a volume without runs', async () => {
    const { ask } = await volume()
    expect(await ask(false)).toEqual({ code: 0, text: 'no runs are recorded' })
  })

  it('that cannot be read is 1, with the reason', async () => {
    const { data, ask } = await volume()
    await writeFile(historyPath(data), '{"version":3}')
    const reason = 'it is not in the format of this version (version)'
    expect(await ask()).toEqual({ code: 1, text: `cannot read ${historyPath(data)}: ${reason}` })
    await rm(historyPath(data))
    await mkdir(historyPath(data))
    expect(await ask()).toEqual({ code: 1, text: `cannot read ${historyPath(data)}: it is not a file` })
  })
})
