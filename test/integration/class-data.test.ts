/** PXF under the supervisor, with class data that fit, that do not, and without. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { createRig, type Rig } from './rig.ts'

const wrapper = fileURLToPath(new URL('../../class-data/java', import.meta.url))

/** What the image's build leaves; the application of the stand-in is no JAR, so it has no libraries. */
function putClassData({ standIn: { layout, root } }: Rig, release = ''): string {
  const directory = join(root, 'class-data')
  const application = join(layout.pxfHome, 'application/pxf-app.ts')
  const { size, mtimeMs } = statSync(application)
  const manifest = {
    version: 1,
    java: { home: layout.javaHome, release },
    application: { path: application, bytes: size, modified: Math.floor(mtimeMs / 1000) },
    libraries: [],
    contents: { folders: [], files: [] },
  }
  const texts = {
    'manifest.json': JSON.stringify(manifest),
    'class-path': '/archived.jar',
    drivers: ':/driver.jar',
    'main-class': 'org.example.Main',
    'java-home': layout.javaHome,
    application,
  }
  mkdirSync(join(directory, 'java/bin'), { recursive: true })
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), `${text}\n`)
  cpSync(wrapper, join(directory, 'java/bin/java'))
  return directory
}

it('starts PXF with class data that fit, again after its death, and finds it by its pid', async () => {
  const rig = await createRig()
  const run = rig.start({ PXF_CLASS_DATA_DIR: putClassData(rig) })
  await run.answers('/readyz')
  const path = `/archived.jar:${rig.data}/pxf/conf:${rig.data}/pxf/lib:`
  const started = async () =>
    (await rig.file('pxf/logs/pxf-app.out')).split(`class org.example.Main from ${path}`).length - 1
  expect(await started()).toBe(1)
  const { pxf } = rig.processes()
  process.kill(pxf ?? 0, 'SIGKILL')
  await run.answers('/readyz?for=pxf', 503)
  await run.answers('/readyz?for=pxf')
  expect(await started()).toBe(2)
  expect(rig.processes().pxf).not.toBe(pxf)
  expect(await run.stop()).toBe(0)
  expect(rig.processes()).toMatchObject({ pxf: undefined })
})

it.each([
  ['of another Java', 'another', {}, ['it was made with the Java that was in']],
  ['that are switched off', '', { PXF_CLASS_DATA_SHARING: 'off' }, []],
])('starts PXF as always with class data %s', async (_, release, environment, reasons) => {
  const rig = await createRig()
  const run = rig.start({ PXF_CLASS_DATA_DIR: putClassData(rig, release), ...environment })
  await run.answers('/readyz')
  expect(await rig.file('pxf/logs/pxf-app.out')).not.toContain('class org')
  const said = run.log().filter(({ msg }) => msg === 'PXF starts without the class data of the image')
  expect(said.map(({ reason }) => String(reason))).toEqual(
    reasons.map((text) => expect.stringContaining(text)),
  )
  expect(await run.stop()).toBe(0)
})

it.each([
  ['-Xmx512m -Xms256m', ['-XX:+UseSerialGC', '-Xmx512m', '-Xms256m']],
  ['-Xmx2g', ['-Xmx2g']],
  ['-Xmx1024m', ['-Xmx1024m']],
  ['-Xmx512m -XX:+UseG1GC', ['-Xmx512m', '-XX:+UseG1GC']],
  [
    '-Xmx512m -XX:Tier4InvocationThreshold=1',
    ['-XX:+UseSerialGC', '-Xmx512m', '-XX:Tier4InvocationThreshold=1'],
  ],
])('gives Java options for a short start before those of the user: %s', (given, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'class-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const texts = {
    'java-home': join(folder, 'jdk'),
    application: '/pxf-app.jar',
    'class-path': '/archived.jar',
    drivers: '',
    'main-class': 'org.example.Main',
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), `${text}\n`)
  for (const home of ['jdk', 'java']) mkdirSync(join(folder, home, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'jdk/bin/java'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
  cpSync(wrapper, join(folder, 'java/bin/java'))
  const words = [...given.split(' '), '-jar', '/pxf-app.jar', 'argument']
  const base = join(folder, 'base')
  const environment = { ...process.env, PXF_BASE: base, LOADER_PATH: `file:${base}/conf,file:${base}/lib` }
  const output = execFileSync(join(folder, 'java/bin/java'), words, { encoding: 'utf8', env: environment })
  const options = output.trim().split('\n')
  expect(options.slice(0, 2)).toEqual(['-Xshare:auto', `-XX:SharedArchiveFile=${folder}/classes.jsa`])
  expect(options.filter((word) => word.startsWith('-XX:Tier')).slice(0, 6)).toHaveLength(6)
  const rest = options.slice(2).filter((word) => !/^-XX:Tier.*0$/.test(word))
  expect(rest).toEqual([...expected, 'org.example.Main', 'argument'])
})
