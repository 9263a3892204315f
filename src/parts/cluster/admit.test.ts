import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { PartRun } from '../part.ts'
import { admitOtherHosts } from './admit.ts'

const longAgo = new Date('2020-01-01')

/** A segment host with two servers whose `pg_hba.conf` was written long ago. */
async function segmentHost(spoil: (file: string) => Promise<void> = async () => {}) {
  const data = await mkdtemp(join(tmpdir(), 'admit-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const files = ['00/primary/gpseg0', '01/primary/gpseg1'].map((name) => join(data, name, 'pg_hba.conf'))
  for (const file of files) {
    await mkdir(join(file, '../global'), { recursive: true })
    await writeFile(join(file, '../global/pg_control'), '')
    await writeFile(file, 'local all all trust\n')
    await utimes(file, longAgo, longAgo)
  }
  await spoil(files[0] ?? '')
  const loaded = loadConfig({
    environment: {
      GREENPLUM_DEPLOYMENT: 'segment',
      GREENPLUM_DATA_DIRECTORY: data,
      CLUSTER_SEGMENT_HOSTS: 'localhost,segment2',
    },
    hostname: 'segment2',
    readFile: () => '',
  })
  const logger = { info: vi.fn<() => void>(), warn: vi.fn<() => void>() }
  const stop = new AbortController()
  const ended = admitOtherHosts({ config: loaded, logger } as unknown as PartRun, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await ended
  })
  return { files, logger }
}

it('lets the other hosts in on every server of this host', async () => {
  const { files } = await segmentHost()
  for (const file of files)
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('127.0.0.1/32 trust'), 3000)
})

it('lets them in on the others where the file of one server cannot be read', async () => {
  const { files, logger } = await segmentHost(async (file) => {
    await rm(file)
    await mkdir(file)
    await utimes(file, longAgo, longAgo)
  })
  await vi.waitFor(() => expect(logger.warn).toHaveBeenCalled(), 3000)
  expect(await readFile(files[1] ?? '', 'utf8')).toContain('127.0.0.1/32 trust')
})
