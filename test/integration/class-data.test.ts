/** PXF under the supervisor, with class data that fit, that do not, and without. */
import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createRig, type Rig } from './rig.ts'

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
  const wrapper = fileURLToPath(new URL('../../class-data/java', import.meta.url))
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
