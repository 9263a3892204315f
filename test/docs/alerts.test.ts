import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const repository = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

const alerts = read('monitoring/prometheus/rules.yml')
  .split('- alert: ')
  .slice(1)
  .map((text) => ({
    name: /^\w+/.exec(text)?.[0] ?? '',
    severity: /severity: (\w+)/.exec(text)?.[1] ?? '',
    runbook: /runbook_url: (\S+)/.exec(text)?.[1],
  }))
const names = alerts.map(({ name }) => name)

describe('the alerts', () => {
  it('each have a runbook with its three questions, in the order of the rules', () => {
    const page = read('docs/reference/alerts.md')
    const sections = page.split('\n## ').slice(1)
    expect(sections.map((text) => text.split('\n')[0])).toEqual(names)
    for (const text of sections)
      expect(text.match(/^\*\*(Means|Look at|Fix):\*\*/gm)).toEqual([
        '**Means:**',
        '**Look at:**',
        '**Fix:**',
      ])
    const rows = [...page.matchAll(/^\| \[(\w+)\]\(#(\w+)\) *\| (\w+) +\|/gm)].map(
      ([, name, anchor, severity]) => ({ name, severity, runbook: `docs/reference/alerts.md#${anchor}` }),
    )
    expect(rows).toEqual(alerts)
  })

  it('each have a case in which they fire, and one in which they do not', () => {
    const cases = read('monitoring/prometheus/rules.test.yml')
      .split(/^ {2}- name: /m)
      .slice(1)
    expect(cases.map((text) => text.split('\n')[0])).toEqual(names)
    for (const text of cases) {
      expect(text).toContain('exp_alerts: []')
      expect(text).toMatch(/exp_labels:\s+\{[^}]*instance: bad/)
    }
  })
})
