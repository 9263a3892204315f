import { describe, expect, it } from 'vitest'
import { greenplum6 } from '../image/greenplum6.ts'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { causeIn } from '../pxf/cause.ts'
import { judgePxf, type PxfFacts } from './pxf.ts'
import type { Running } from './supervisor.ts'

const well: PxfFacts = {
  enabled: true,
  profile: greenplum6,
  port: 5888,
  base: '/data/pxf',
  user: 'gpadmin',
  jvm: { state: 'alive', pid: 42 },
  answers: true,
  portOpen: true,
  output: [],
  outOfMemoryMs: 0,
  component: { state: 'ready', since: '', reason: '', attempts: 1 },
  starts: 1,
  runSinceMs: 1000,
  classDataReason: undefined,
}
const judged = (facts: Partial<PxfFacts>, running: Running = 'here') =>
  judgePxf({ ...well, ...facts }, { running, advice }).findings.map(
    ({ id, severity, text, cause }) => `${severity} ${id}: ${text} | ${cause}`,
  )
const down: Partial<PxfFacts> = {
  answers: false,
  portOpen: false,
  jvm: { state: 'gone', pid: 42 },
  component: undefined,
}

describe('PXF', () => {
  it('that is well, or switched off, gives no reason to complain', () => {
    expect(judged({})).toEqual([])
    expect(judged({ ...down, enabled: false })).toEqual([])
    expect(judged(down, 'elsewhere')).toEqual([])
    expect(judged(down, 'nowhere')).toEqual([])
  })

  it('that starts without class data says why', () => {
    expect(judged({ classDataReason: 'it was made with another Java than /java' })).toEqual([
      'warning pxf.class-data: PXF starts without the class data of the image, which would shorten its start by a third | it was made with another Java than /java',
    ])
  })

  it('that is down is told in the words of the error, with what is known of the cause', () => {
    expect(judged({ ...down, output: ['line 1', 'line 2'] })).toEqual([
      'error pxf.down: PXF does not respond: external tables fail with: Connection refused (port 5888) | its JVM (pid 42) is gone; last lines of logs/pxf-app.out:\nline 1\nline 2',
    ])
    expect(judged({ ...down, jvm: { state: 'none' } })[0]).toContain('stopped, or never started')
    expect(
      judged({
        ...down,
        component: { state: 'failed', since: '', reason: 'went down 6 times', attempts: 6 },
      })[0],
    ).toContain('| went down 6 times')
  })

  it('whose port is taken by another says so', () => {
    expect(judged({ ...down, portOpen: true })[0]).toContain('| another program is listening on port 5888')
    const fix = 'stop that program: the segments expect PXF on this port'
    expect(judgePxf({ ...well, ...down, portOpen: true }, { running: 'here', advice }).findings[0]?.fix).toBe(
      fix,
    )
    expect(causeIn('Port 5888 was already in use.', place)?.fix).toBe(fix)
  })

  it('that starts for the first time is a warning', () => {
    const component = { state: 'starting', since: '', reason: 'pxf start is running', attempts: 1 } as const
    expect(judged({ ...down, component })[0]).toMatch(/^warning pxf.down: PXF does not respond yet/)
    expect(judged({ ...down, component: { ...component, attempts: 2 } })[0]).toMatch(/^error/)
  })

  it('that was started again tells how often, and of a full heap', () => {
    expect(judged({ starts: 3 })[0]).toMatch(/^warning pxf.restarted: PXF was started 3 times in this run/)
    expect(judged({ starts: 2, outOfMemoryMs: 2000 })[0]).toContain('its heap was full')
    expect(judged({ outOfMemoryMs: 500 })).toEqual([])
    expect(
      judged({ ...down, output: ['java.lang.OutOfMemoryError: Java heap space'] }, 'nowhere')[0],
    ).toMatch(/^warning pxf.complained/)
  })
})

const place = { port: 5888, base: '/data/pxf', user: 'gpadmin', advice }

describe('the cause of a PXF that does not start', () => {
  it.each([
    [
      'ERROR: $JAVA_HOME=/no/java is invalid. Set $JAVA_HOME in your environment',
      'JAVA_HOME is not the path of a Java installation',
    ],
    [
      'java.lang.UnsupportedClassVersionError: x has been compiled by a more recent version',
      'this version of Java is too old for this PXF',
    ],
    [
      'Error occurred during initialization of VM\nCould not reserve enough space for 2097152KB object heap',
      'the heap of PXF does not fit into the memory of the container',
    ],
    [
      "Unrecognized VM option 'UseMagic'\nError: Could not create the Java Virtual Machine.",
      'the JVM options of PXF are invalid',
    ],
    [
      'Terminating due to java.lang.OutOfMemoryError: Java heap space',
      'its heap was full (OutOfMemoryError)',
    ],
    [
      'Description:\n\nWeb server failed to start. Port 5888 was already in use.',
      'another program uses port 5888',
    ],
    ['Caused by: java.util.zip.ZipException: zip END header not found', 'a .jar file in lib/ is not a JAR'],
    [
      'java.lang.NoSuchMethodError: org.slf4j.Logger',
      'a JAR in lib/ contains classes that conflict with those of PXF',
    ],
    ['/data/pxf/conf/pxf-env.sh: line 7: unexpected EOF', 'conf/pxf-env.sh has a syntax error'],
    [
      "ERROR: Operation not permitted (cannot access pid file: '/data/pxf/run/pxf-app.pid')",
      'logs/ or run/ in PXF_BASE is missing, or belongs to another user',
    ],
  ])('is read from %j', (words, cause) => {
    expect(causeIn(`earlier\n${words}`, place)?.cause.split('\n')[0]).toBe(cause)
  })

  it.each(['Could not reserve enough space', 'java.lang.OutOfMemoryError'])(
    'is fixed where the heap is set, in the line of the file: %s',
    (words) => {
      expect(causeIn(words, place)?.fix).toContain('`export PXF_JVM_OPTS=…` of $PXF_BASE/conf/pxf-env.sh')
    },
  )

  it('is not guessed', () => {
    expect(causeIn('=====> PXF started', place)).toBeUndefined()
  })

  it('comes with commands for the place where it is', () => {
    const there = { port: 5888, base: '/srv/my-pxf', user: 'me', advice }
    expect(causeIn('conf/pxf-env.sh: line 3: syntax error', there)?.fix).toBe(
      'fix it: docker compose exec greenplum bash -n /srv/my-pxf/conf/pxf-env.sh',
    )
    expect(causeIn('log directory does not exist', there)?.fix).toContain('chown -hR me: /srv/my-pxf')
    expect(causeIn('zip file is empty', there)?.fix).toContain('in PXF_BASE')
  })
})
