/** The class data of a small application, made with a Java that only does as if, and a PXF that is started with them. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { decideClassData } from '../pxf/class-data.ts'
import { entriesOf, withArchive } from '../pxf/jar-table.ts'
import { makeJar } from '../pxf/jar.fixture.ts'
import { shareClasses } from './share-classes.ts'

const text = (name: string, content: string) => ({ name, content: Buffer.from(content) })
const library = (name: string, ...entries: string[]) => ({
  name: `BOOT-INF/lib/${name}`,
  content: makeJar(entries),
})
const application = makeJar([
  text('META-INF/MANIFEST.MF', 'Main-Class: org.Launcher\r\nStart-Class: org.example.Main\r\n'),
  text(
    'BOOT-INF/classpath.idx',
    ['b', 'driver', 'a'].map((name) => `- "BOOT-INF/lib/${name}.jar"\n`).join(''),
  ),
  'org/Launcher.class',
  'BOOT-INF/classes/',
  'BOOT-INF/classes/org/example/',
  text('BOOT-INF/classes/org/example/Main.class', 'main'),
  'BOOT-INF/classes/hive-site.xml',
  text('META-INF/build-info.properties', 'build'),
  library('a.jar', 'org/a/A.class', 'META-INF/LICENSE', 'module-info.class'),
  library('b.jar', 'org/b/B.class', 'defaults.xml'),
  library('driver.jar', 'org/driver/Driver.class', 'META-INF/services/java.sql.Driver'),
])

/** Responds to the one question about its health, writes the archive, or says how it was called. */
const java = `#!/usr/bin/env bash
for word in "$@"; do
    case "\${word}" in
        -XX:DumpLoadedClassList=*)
            exec '${process.execPath}' -e 'require("http").createServer((q, r) => r.writeHead(q.url === process.env.LACKS ? 404 : 200).end()).listen(process.env.PXF_PORT)' ;;
        -Xshare:dump) dumps=1 ;;
        -XX:SharedArchiveFile=*) archive="\${word#*=}" ;;
    esac
done
if [ -n "\${dumps:-}" ]; then echo "\${CLASSPATH}" > "\${archive}"; exit; fi
printf '%s\\n' "JAVA_HOME=\${JAVA_HOME-}" "CLASSPATH=\${CLASSPATH-}" "$@"
`

let root = ''
const at = (...names: string[]) => join(root, ...names)
const put = (path: string, content: string | Buffer, mode = 0o644) => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content, { mode })
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'share-'))
  put(at('java/bin/java'), java, 0o755)
  put(at('java/release'), 'JAVA_VERSION="11"\n')
  put(at('home/.bashrc'), `export JAVA_HOME=${at('java')}\n`)
  put(at('pxf/application/pxf-app-1.jar'), application)
  put(at('pxf/conf/pxf-log4j2.xml'), '')
  mkdirSync(at('base/conf'), { recursive: true })
  mkdirSync(at('base/lib'))
})
afterEach(() => rmSync(root, { recursive: true }))

const settings = (more: Record<string, string> = {}) =>
  loadConfig({
    environment: {
      GREENPLUM_PASSWORD: 'x',
      PXF_HOME: at('pxf'),
      PXF_BASE: at('base'),
      PXF_CLASS_DATA_DIR: at('data'),
      ...more,
    },
    hostname: 'h',
    readFile: () => '',
  })

async function make(): Promise<string> {
  const said: string[] = []
  const environment = { PATH: process.env['PATH'] ?? '', HOME: at('home') }
  await shareClasses({
    config: settings(),
    environment,
    print: (line: string) => void said.push(line),
  })
  const wrapper = new URL('../../class-data/java', import.meta.url)
  mkdirSync(at('data/java/bin'), { recursive: true })
  cpSync(wrapper, at('data/java/bin/java'))
  return said.join('\n')
}
const decide = (more: Record<string, string> = {}, tools: Record<string, string> = {}) =>
  decideClassData(settings(more).pxf, { JAVA_HOME: at('java'), ...tools })

interface Call {
  readonly options?: readonly string[]
  readonly loaderPath?: string
  readonly jar?: string
}

/** As `pxf start` calls it. */
function callJava(home: string, { options = ['-Da=b c', '-Xmx1g'], loaderPath, jar }: Call = {}): string[] {
  const usual = `file:${at('base')}/conf,file:${at('base')}/lib`
  const words = [...options, '-jar', jar ?? at('pxf/application/pxf-app-1.jar'), '--x=y z']
  const environment = { PATH: process.env['PATH'], PXF_BASE: at('base'), LOADER_PATH: loaderPath ?? usual }
  const output = execFileSync(join(home, 'bin/java'), words, { env: environment, encoding: 'utf8' })
  return output.replaceAll(root, '').trimEnd().split('\n')
}

const compiledLater = [
  '-XX:Tier3InvocationThreshold=1000',
  '-XX:Tier3MinInvocationThreshold=500',
  '-XX:Tier3CompileThreshold=10000',
  '-XX:Tier4InvocationThreshold=50000',
  '-XX:Tier4MinInvocationThreshold=6000',
  '-XX:Tier4CompileThreshold=150000',
]
const archived = '/data/classes.jar:/data/jars/b.jar:/data/jars/a.jar'
const asAlways = [
  'JAVA_HOME=/java',
  'CLASSPATH=',
  '-Da=b c',
  '-Xmx1g',
  '-jar',
  '/pxf/application/pxf-app-1.jar',
  '--x=y z',
]

describe('class data of PXF', () => {
  it('are made for its libraries but the drivers, and leave no copy of the libraries in the image', async () => {
    expect(await make()).toBe(`class data of PXF: ${at('data/classes.jsa')}, 1 MiB`)
    expect(readFileSync(at('data/classes.jsa'), 'utf8').replaceAll(root, '')).toBe(`${archived}\n`)
    expect(existsSync(at('data/jars/a.jar'))).toBe(false)
    const entries = await withArchive(at('data/classes.jar'), entriesOf)
    expect(entries.map(({ name }) => name)).toEqual([
      // Spring looks for its components in folders that the JAR names.
      'org/example/',
      'org/example/Main.class',
      'hive-site.xml',
      'META-INF/build-info.properties',
    ])
  })

  it('are used with the files of the user behind them and the drivers last', async () => {
    await make()
    put(at('base/lib/mine.jar'), makeJar(['com/mine/Driver.class', 'META-INF/LICENSE', 'module-info.class']))
    put(at('base/lib/driver.jar'), makeJar(['org/driver/Driver.class']))
    const { environment, reason } = await decide()
    expect(reason).toBe('')
    expect(readFileSync(at('data/jars/a.jar'))).toEqual(
      makeJar(['org/a/A.class', 'META-INF/LICENSE', 'module-info.class']),
    )
    expect(callJava(environment['JAVA_HOME'] ?? '')).toEqual([
      'JAVA_HOME=/java',
      `CLASSPATH=${archived}:/base/conf:/base/lib:/base/lib/driver.jar:/base/lib/mine.jar:/data/jars/driver.jar`,
      '-Xshare:auto',
      '-XX:SharedArchiveFile=/data/classes.jsa',
      ...compiledLater,
      '-Da=b c',
      '-Xmx1g',
      'org.example.Main',
      '--x=y z',
    ])
  })

  // Of an option that is given twice, Java takes the last; of two collectors, none.
  it.each([
    [['-Xmx512m', '-Xms256m'], ['-XX:+UseSerialGC']],
    [['-Xmx2g'], []],
    [['-Xmx1024m'], []],
    [['-Xmx512m', '-XX:+UseG1GC'], []],
    [['-Xmx512m', '-XX:Tier4InvocationThreshold=1'], ['-XX:+UseSerialGC']],
  ])('come with options for a short start, before those of the user: %s', async (options, collector) => {
    await make()
    const { environment } = await decide()
    const words = callJava(environment['JAVA_HOME'] ?? '', { options }).slice(4, -2)
    expect(words).toEqual([...compiledLater, ...collector, ...options])
  })

  it('copies a library again that is not as it was', async () => {
    await make()
    await decide()
    put(at('data/jars/a.jar'), 'x')
    await decide()
    expect(readFileSync(at('data/jars/a.jar'), 'latin1')).toContain('org/a/A.class')
    // After a crash of the machine a file of the right size and time may have any content.
    put(at('data/jars/copied'), 'an earlier boot')
    const [{ length }, time] = [readFileSync(at('data/jars/b.jar')), new Date('2000-01-01T00:00:00Z')]
    put(at('data/jars/b.jar'), Buffer.alloc(length))
    utimesSync(at('data/jars/b.jar'), time, time)
    await decide()
    expect(readFileSync(at('data/jars/b.jar'), 'latin1')).toContain('org/b/B.class')
  })

  it.each<[string, Call]>([
    ['with a loader path of the user', { loaderPath: '/mine' }],
    ['for another program', { jar: '/other.jar' }],
  ])('are left alone %s', async (_, call) => {
    await make()
    const { environment } = await decide()
    const expected = asAlways.map((word) => (word.endsWith('.jar') ? (call.jar ?? word) : word))
    expect(callJava(environment['JAVA_HOME'] ?? '', call)).toEqual(expected)
  })

  it.each([
    [
      'another Java',
      () => put(at('java/release'), 'JAVA_VERSION="17"\n'),
      'it was made with the Java that was in',
    ],
    [
      'another machine of it',
      () => put(at('java/lib/server/libjvm.so'), 'x'),
      'it was made with the Java that was in',
    ],
    ['another PXF', () => put(at('pxf/application/pxf-app-1.jar'), 'x'), 'it was made for another'],
    ['a PXF that is gone', () => rmSync(at('pxf/application/pxf-app-1.jar')), 'it was made for another'],
    ['a damaged manifest', () => put(at('data/manifest.json'), '{}'), 'cannot be used'],
    [
      'a JAR in place of one of PXF',
      () => put(at('base/lib/a-2.jar'), makeJar(['org/a/A.class'])),
      'lib/a-2.jar is to take precedence over files of PXF (org/a)',
    ],
    [
      'a setting in place of one of PXF',
      () => put(at('base/conf/hive-site.xml'), ''),
      'conf/hive-site.xml is to take precedence',
    ],
    ['a JAR that is none', () => put(at('base/lib/x.jar'), 'x'), 'lib/x.jar: it is not a JAR'],
    [
      'a folder that cannot be written',
      () => {
        rmSync(at('data/jars'), { recursive: true })
        put(at('data/jars'), '')
      },
      'the libraries of PXF cannot be copied',
    ],
  ])('are not used with %s, and say so', async (_, spoil, reason) => {
    await make()
    spoil()
    const decision = await decide()
    expect(decision.environment).toEqual({})
    expect(decision.reason).toContain(reason)
  })

  it('are not used where they are not wanted or were not made, and say nothing', async () => {
    const nothing = { environment: {}, reason: '' }
    expect(await decide()).toEqual(nothing)
    await make()
    expect(await decide({ PXF_CLASS_DATA_SHARING: 'off' })).toEqual(nothing)
  })

  it.each([
    [
      'a Java that ends',
      () => put(at('java/bin/java'), '#!/bin/sh\necho wrong Java; exit 1\n', 0o755),
      'wrong Java',
    ],
    ['an application that is no JAR', () => put(at('pxf/application/pxf-app-1.jar'), 'x'), 'it is not a JAR'],
    ['two applications', () => put(at('pxf/application/pxf-app-2.jar'), 'x'), 'or several'],
    [
      'a PXF without its endpoint for data',
      () => put(at('home/.bashrc'), `export JAVA_HOME=${at('java')} LACKS=/pxf/read\n`),
      'PXF is up, but has no /pxf/read',
    ],
    ['no Java', () => put(at('home/.bashrc'), ''), 'JAVA_HOME is not set'],
  ])('are not made with %s', async (_, spoil, reason) => {
    spoil()
    await expect(make()).rejects.toThrow(reason)
    expect(existsSync(at('data/manifest.json'))).toBe(false)
  })
})
