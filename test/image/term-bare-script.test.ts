/** TERM to the start script of the base image, without a supervisor. */
import { describe, expect, it } from 'vitest'
import { createStand, hasEngine } from './stand.ts'

describe.runIf(hasEngine())('TERM in a later start', () => {
  it('to the bare start script, mid-way and to the tail first, skips the stop (negative controls)', async () => {
    const stand = await createStand({
      control: true,
      greenplum: {
        entrypoint: ['bash', '-c', bareScript],
        command: [],
        environment: { GREENPLUM_PXF_ENABLE: 'false' },
        restart: 'no',
      },
    })
    await stand.compose('up', '--detach', '--no-build', 'greenplum')
    const end = await stand.untilExited()
    const { text } = await stand.docker('logs', stand.container)
    expect(end.status).toBe('exited')
    // Mid-way: the script dies of it at once, the servers stay.
    expect(text).toContain('after TERM mid-way 3 servers run')
    // As a signal to the whole group may do it: `tail` ends first, `kill %1` fails, gpstop is never run.
    expect(text).toContain('after TERM to the group 3 servers run')
  })
})

/** In one container: TERM while gpstart has just been done, then a start to the end, and TERM as a group gets it. */
const bareScript = `
  chown -R gpadmin:gpadmin /home/gpadmin /data
  ssh-keygen -A > /dev/null; mkdir -p /run/sshd; /usr/sbin/sshd
  servers() { pgrep -fc '[p]ostgres -D /data'; }
  run() { gosu gpadmin setsid bash /start_gpdb.sh > /tmp/script.log 2>&1 & }
  until_log() { for try in $(seq 1 3000); do grep -Eq "$1" /tmp/script.log && return; sleep 0.1; done; }
  until_down() { for try in $(seq 1 600); do [ "$(servers)" = 0 ] && return; sleep 0.1; done; }
  run; until_log 'custom init scripts'
  pid=$(pgrep -f '[b]ash /start_gpdb.sh' | head -n 1)
  pkill -TERM -f '[t]ail -f /data'; sleep 0.5; kill -TERM $pid; sleep 3
  echo "after TERM to the group $(servers) servers run"
  pkill -INT -f '[p]ostgres -D /data'; until_down
  rm -f /tmp/script.log; run; until_log 'Starting (Master|Coordinator) instance [a-z]'
  sleep 0.6; kill -TERM $(pgrep -f '[b]ash /start_gpdb.sh' | head -n 1); sleep 3
  echo "after TERM mid-way $(servers) servers run"
`
