/** The result of the container tests as a table, and one line with the sum: a vitest reporter. */
import type { Reporter, TestCase, TestModule, TestRunEndReason } from 'vitest/node'

interface Row {
  readonly scenario: string
  readonly result: string
  readonly seconds: string
  /** Why it was left out, where the scenario says so. */
  readonly reason: string
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

class TableReporter implements Reporter {
  onTestCaseReady(test: TestCase): void {
    if (test.options.mode === 'run') say(`  ...      ${test.fullName}`)
  }

  onTestCaseResult(test: TestCase): void {
    const { result } = rowOf(test)
    const retried = test.diagnostic()?.retryCount ?? 0
    const again = retried > 0 ? ' (at the second try)' : ''
    if (result !== 'skipped') say(`  ${result.padEnd(9)}${test.fullName}${again}`)
    for (const error of test.result().errors ?? []) say(error.stack ?? error.message)
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const rows = tests.map(rowOf)
    const width = Math.max(8, ...rows.map(({ scenario }) => scenario.length))
    say(`\n${'scenario'.padEnd(width)}  result   seconds`)
    for (const { scenario, result, seconds, reason: why } of rows)
      say(`${scenario.padEnd(width)}  ${result.padEnd(7)}${seconds.padStart(9)}  ${why}`.trimEnd())
    const faults = [...errors, ...modules.flatMap((module) => module.errors())]
    for (const fault of faults) say(`\n${textOf(fault)}`)
    if (reason === 'interrupted') say('\nbroken off')
    const count = (wanted: string) => rows.filter(({ result }) => result === wanted).length
    const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`
    say(`\n${count('passed')} passed, ${count('failed') + faults.length} failed${skipped}`)
  }
}

const textOf = (fault: unknown): string => {
  const { message, stack } = fault as { message?: string; stack?: string }
  return stack ?? message ?? String(fault)
}

function rowOf(test: TestCase): Row {
  const ms = test.diagnostic()?.duration ?? 0
  const result = test.result()
  return {
    scenario: test.fullName,
    result: result.state,
    seconds: result.state === 'skipped' ? '-' : (ms / 1000).toFixed(1),
    reason: result.state === 'skipped' ? (result.note ?? '') : '',
  }
}

// vitest takes reporters as default exports only.
// oxlint-disable-next-line import/no-default-export
export default TableReporter
