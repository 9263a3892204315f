/** Prometheus beside Greenplum, as `make monitoring-up` starts it. No registry of packages has Grafana, so it is not run. */
import { describe, expect, it } from 'vitest'
import { eventually } from './clock.ts'
import { createStand, hasEngine, mustBeProven, mustSucceed } from './stand.ts'

describe.runIf(hasEngine())('the profile monitoring', () => {
  it('brings a Prometheus that scrapes the supervisor and has the rules, also without capabilities', async () => {
    const hardened = { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }
    const stand = await createStand({
      environment: { PROMETHEUS_PORT: '0', GRAFANA_PORT: '0' },
      more: { services: { prometheus: hardened } },
    })
    const profile = ['--profile', 'monitoring']
    const up = ['up', '--detach', '--wait', '--no-build', '--pull', 'never']
    mustSucceed(await stand.compose(...profile, ...up, 'greenplum', 'prometheus'))
    const inside = (...words: string[]) => stand.compose('exec', '-T', 'prometheus', ...words)
    const ready = 'gp_supervisor_phase{phase="ready"} == 1'
    const series = await eventually('the supervisor is scraped', async () => {
      const { text } = await inside('promtool', 'query', 'instant', 'http://127.0.0.1:9090', ready)
      return text.includes('gp_supervisor_phase') && text
    })
    expect(series).toContain('instance="greenplum:8008", job="gp-supervisor"')
    const rules = await inside('wget', '-qO-', 'http://127.0.0.1:9090/api/v1/rules')
    expect(rules.text.match(/"type":"alerting"/g)).toHaveLength(16)
    const { text } = await stand.compose(...profile, 'port', 'prometheus', '9090')
    expect(text.trim()).toMatch(/^127\.0\.0\.1:\d+$/)
    mustBeProven(await stand.stop())
  })
})
