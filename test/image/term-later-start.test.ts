/**
 * TERM at any moment of a later start: each stop is proven clean, the next start becomes ready, and whatever was
 * committed before a stop is there after it.
 */
import { describe, expect, it } from 'vitest'
import { points, sleep } from './clock.ts'
import { createStand, hasEngine, type Stand, mustBeProven } from './stand.ts'

describe.runIf(hasEngine())('TERM in a later start', () => {
  it('swept: always proven clean, and every committed row is there', async () => {
    const stand = await createStand()
    await stand.up()
    await stand.sql('CREATE TABLE kept (point int)')
    await stand.stop()
    const timeline = await laterStartMs(stand)
    const committed: number[] = []
    for (const after of points(timeline)) {
      const begin = Date.now()
      await stand.docker('start', stand.container)
      await sleep(after)
      const early = await stand.sql(`INSERT INTO kept VALUES (${after})`).catch(() => undefined)
      if (early !== undefined) committed.push(after)
      await stopAnywhere(stand, begin)
      await stand.start()
      await stand.sql(`INSERT INTO kept VALUES (-${after + 1})`)
      committed.push(-after - 1)
      await expectProven(stand)
    }
    await stand.start()
    const rows = (await stand.sql('SELECT point FROM kept')).split('\n').map(Number)
    expect(rows.toSorted((a, b) => a - b)).toEqual(committed.toSorted((a, b) => a - b))
  })

  it('to the bare start script, mid-way and to the tail first, skips the stop (negative controls)', async () => {
    const stand = await createStand({
      control: true,
      greenplum: {
        // Compose would put its own variables in.
        entrypoint: ['bash', '-c', bareScript.replaceAll('$', '$$$$')],
        command: [],
        environment: { GREENPLUM_PXF_ENABLE: 'false' },
        restart: 'no',
      },
    })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    const end = await stand.untilExited()
    const { text } = await stand.docker('logs', stand.container)
    expect(end.status).toBe('exited')
    // Mid-way: the script dies of it at once, gpstart goes on to its end, the servers stay.
    expect(text).toContain('after TERM mid-way 3 servers run, and 0 scripts')
    // As a signal to the whole group may do it: `tail` ends first, `kill %1` fails, gpstop is never run.
    expect(text).toContain('after TERM to the group 3 servers run, and 0 scripts')
  })
})

/** In one container: a start to the end, and TERM as a group gets it, then TERM while gpstart is at work. */
const bareScript = `
  chown -R gpadmin:gpadmin /home/gpadmin /data
  ssh-keygen -A > /dev/null; mkdir -p /run/sshd; /usr/sbin/sshd
  servers() { pgrep -fc '[p]ostgres -D /data'; }
  run() { gosu gpadmin setsid bash /start_gpdb.sh > /tmp/script.log 2>&1 & }
  script() { pgrep -o -u gpadmin -f 'bash /start_gpdb.sh'; }
  until_log() { for try in $(seq 1 3000); do grep -q "$1" /tmp/script.log && return; sleep 0.1; done; }
  until_started() { for try in $(seq 1 600); do pgrep -f 'bin/[g]pstart' > /dev/null || return; sleep 0.1; done; }
  until_down() { for try in $(seq 1 600); do [ "$(servers)" = 0 ] && return; sleep 0.1; done; }
  run; until_log 'Execute custom init scripts'; sleep 1
  pkill -TERM -f '[t]ail -f /data'; sleep 0.5; kill -TERM $(script) && sleep 3
  echo "after TERM to the group $(servers) servers run, and $(script | wc -l) scripts"
  pkill -INT -f '[p]ostgres -D /data'; until_down
  rm -f /tmp/script.log; run; until_log 'Starting gpstart with args'
  kill -TERM $(script); until_started
  echo "after TERM mid-way $(servers) servers run, and $(script | wc -l) scripts"
`

/** Before the supervisor's first line there is only the entrypoint, which ends at once: nothing has begun. */
async function stopAnywhere(stand: Stand, since: number): Promise<void> {
  const begin = Date.now()
  await stand.docker('stop', stand.container)
  const began = (await stand.log()).some(({ time }) => Date.parse(time) >= since)
  if (began) return mustBeProven(await stand.verdict())
  expect((await stand.state()).exitCode).toBe(143)
  expect(Date.now() - begin).toBeLessThan(30_000)
}

async function expectProven(stand: Stand): Promise<void> {
  const verdict = await stand.stop()
  mustBeProven(verdict)
  expect((await stand.state()).exitCode).toBe(0)
}

async function laterStartMs(stand: Stand): Promise<number> {
  const begin = Date.now()
  await stand.start()
  const ready = await stand.waitForLog(
    'ready',
    ({ msg, time }) => msg === 'ready' && Date.parse(time) >= begin,
  )
  await stand.stop()
  return Date.parse(ready.time) - begin + 300
}
