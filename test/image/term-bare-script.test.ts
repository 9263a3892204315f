/** TERM to the start script of the base image, without a supervisor. */
import { describe, expect, it } from 'vitest'
import { createStand, hasEngine } from './stand.ts'

describe.runIf(hasEngine())('TERM in a later start', () => {
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
