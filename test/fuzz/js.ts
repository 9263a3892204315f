/**
 * Feeds what reads foreign bytes in `src` with arbitrary ones, see README.md:
 * `node test/fuzz/js.ts --target hba --seconds 1800 --work ~/fuzz`, or `--minimise` for the corpus that is kept.
 */
import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atWorkName, type LoopOptions, type LoopReport } from './options.ts'

const here = import.meta.dirname
const targets = readdirSync(join(here, 'targets'))
  .filter((name) => name.endsWith('.target.ts'))
  .map((name) => name.slice(0, -'.target.ts'.length))

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    work: { type: 'string', default: join(tmpdir(), 'gp-supervisor-fuzz') },
    minimise: { type: 'boolean', default: false },
  },
})

/** No input takes so long on a machine that is busy; one that does is kept as a finding. */
const longestSilenceMs = 180_000

for (const target of values.target === undefined ? targets : [values.target]) {
  if (!targets.includes(target))
    throw new Error(`there is no target ${target}; there are ${targets.join(', ')}`)
  const { findings, ...counts } = await runTarget(target)
  console.log(JSON.stringify({ target, ...counts, findings }))
  if (findings.length > 0) process.exitCode = 1
}

function runTarget(target: string): Promise<LoopReport> {
  const work = join(values.work, target)
  const kept = [join(here, 'corpus', target), join(here, 'regressions', target)]
  const options: LoopOptions = {
    target,
    work: values.minimise ? join(values.work, `${target}-minimised`) : work,
    seconds: Number(values.seconds),
    seeds: [...kept, join(work, 'corpus')],
    minimise: values.minimise,
  }
  mkdirSync(options.work, { recursive: true })
  const child = fork(join(here, 'loop.ts'), [JSON.stringify(options)])
  return new Promise((resolve, reject) => {
    let last: LoopReport = { runs: 0, corpus: 0, features: 0, findings: [] }
    const silence = setTimeout(() => child.kill('SIGKILL'), longestSilenceMs)
    child.on('message', (report: LoopReport) => {
      silence.refresh()
      last = report
      writeFileSync(join(options.work, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`)
    })
    child.once('close', (code, signal) => {
      clearTimeout(silence)
      if (code === 0) return resolve(last)
      if (last.runs === 0) return reject(new Error(`${target} did not begin: ${signal ?? code}`))
      const input = readFileSync(join(options.work, atWorkName))
      const name = `ended-${Date.now()}`
      writeFileSync(join(options.work, 'findings', name), input)
      resolve({
        ...last,
        findings: [...last.findings, `${name} ended the process, or never ended: ${signal ?? code}`],
      })
    })
  })
}
