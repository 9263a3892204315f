import { describe, expect, it } from 'vitest'
import { composeAdvice as advice } from '../findings/advice.fixture.ts'
import { finding } from '../findings/finding.ts'
import { greenplum6 } from '../image/greenplum6.ts'
import type { PlaceFacts } from './facts.ts'
import { judgePlace } from './findings.ts'
import { coordinatorName, heapOf, isAlias, javaMajor, openFilesLimit, readOnlyMounts } from './observe.ts'

const gibi = 1024 ** 3
const good: PlaceFacts = {
  host: { name: 'gpdbsne', first: { name: 'gpdbsne', reach: 'own' } },
  hasCluster: true,
  openFiles: 65_536,
  semaphores: [32_000, 1_024_000_000, 500, 32_000],
  sharedMemoryBytes: gibi,
  memoryBytes: 8 * gibi,
  volume: { path: '/data', freeBytes: 50 * gibi, readOnly: false },
  readOnlyMounts: [],
  unwritable: [],
  byRoot: true,
  user: { name: 'gpadmin', uid: 1001 },
  database: 'gp_dwh',
  releases: undefined,
  interrupted: [],
  foreign: [],
  profile: greenplum6,
  image: { family: 'greenplum6', chosen: 'seen', reason: 'as ever' },
  withoutEffect: [],
  pxf: {
    heapBytes: gibi / 2,
    javaHome: '/usr/lib/jvm/java-11',
    javaFound: true,
    javaMajor: 11,
    javaKnown: [8, 11, 17, 21],
  },
}

const judge = (facts: PlaceFacts) => judgePlace(facts, advice)
const judged = (facts: Partial<PlaceFacts>) =>
  judge({ ...good, ...facts }).map(({ id, severity, fix }) => [id, severity, fix])

describe('judge', () => {
  it('has nothing to say of a good place', () => {
    expect(judge(good)).toEqual([])
  })

  it('refuses another host name, unless the old one leads here', () => {
    const first = { name: 'gpdbsne', reach: 'none' } as const
    expect(judged({ host: { name: 'other', first } })).toEqual([
      ['place.hostname', 'refuse', 'in the compose file: hostname: gpdbsne'],
    ])
    expect(judged({ host: { name: 'other', first: { ...first, reach: 'login' } } })[0]?.[1]).toBe('warning')
    expect(judged({ host: { name: 'other', first: { ...first, reach: 'alias' } } })).toEqual([])
    expect(judged({ host: { name: 'other', first }, hasCluster: false })).toEqual([])
  })

  it('refuses a volume that cannot be written, warns of read-only mounts below it', () => {
    expect(judged({ volume: { ...good.volume, readOnly: true } })[0]?.slice(0, 2)).toEqual([
      'place.read-only',
      'refuse',
    ])
    expect(judged({ readOnlyMounts: ['/data/pxf/servers'] })).toEqual([
      [
        'place.read-only',
        'warning',
        'in the compose file, remove ":ro" from the volume of /data/pxf/servers',
      ],
    ])
  })

  it('refuses a read-only root file system without the mounts that are needed, and says which', () => {
    expect(judged({ unwritable: ['/home/gpadmin', '/tmp'] })).toEqual([
      [
        'place.unwritable',
        'refuse',
        'in the compose file: volumes: - /home/gpadmin (Docker fills it from the image)',
      ],
      ['place.unwritable', 'refuse', 'in the compose file: tmpfs: - /tmp'],
    ])
  })

  it('notes that there is no sshd where root has not started the container', () => {
    expect(judged({ byRoot: false })).toEqual([
      [
        'place.not-by-root',
        'note',
        'if one of them is needed, do not set --user (in the compose file: user:)',
      ],
    ])
    // Then the account is what is wrong.
    const nobody = judged({ byRoot: false, user: { name: '', uid: 4711 } })
    expect(nobody.map(([id]) => id)).not.toContain('place.not-by-root')
  })

  it('refuses folders of somebody else, once, with the command', () => {
    const foreign = [
      { path: '/data', uid: 0 },
      { path: '/data/master/gpseg-1', uid: 0 },
    ]
    expect(judged({ foreign })).toEqual([
      [
        'place.owner',
        'refuse',
        'docker compose run --rm --no-deps --user root --entrypoint chown greenplum -R 1001 /data',
      ],
    ])
  })

  it('refuses a first start without room, warns a later one', () => {
    const volume = { ...good.volume, freeBytes: 20 * 1024 ** 2 }
    expect(judged({ volume, hasCluster: false })[0]?.slice(0, 2)).toEqual(['place.disk', 'refuse'])
    expect(judged({ volume })[0]?.slice(0, 2)).toEqual(['place.disk', 'warning'])
  })

  it('warns of what interrupted first starts left, and refuses to add to it without end', () => {
    const interrupted = [1, 2, 3, 4, 5].map((n) => `/data/.gp-supervisor/interrupted-2026112${n}T071500Z`)
    expect(judged({ interrupted })[0]).toEqual([
      'place.interrupted',
      'warning',
      "docker compose run --rm --no-deps --entrypoint bash greenplum -c 'rm -rf /data/.gp-supervisor/interrupted-*'",
    ])
    // What is pasted into a shell says nothing of a name that somebody made.
    const [hostile] = judge({
      ...good,
      interrupted: ["/data/.gp-supervisor/interrupted-0'; id; '-\u001Bx\ny"],
    })
    expect(hostile?.fix).not.toContain('id;')
    // oxlint-disable-next-line no-control-regex
    expect(hostile?.text).not.toMatch(/[\u001B\n]/)
    expect(judged({ interrupted, hasCluster: false })[0]?.[1]).toBe('refuse')
    expect(judged({ interrupted: interrupted.slice(1), hasCluster: false })[0]?.[1]).toBe('warning')
    const [first = ''] = interrupted
    expect(judge({ ...good, interrupted: interrupted.slice(0, 1) })[0]?.text).toBe(
      `1 incomplete cluster of an interrupted first start was moved aside, to ${first}`,
    )
    expect(judge({ ...good, interrupted: interrupted.slice(0, 2) })[0]?.text).toBe(
      `2 incomplete clusters of interrupted first starts were moved aside, the first to ${first}`,
    )
  })

  it('refuses a number without an account, and root, each with one sentence', () => {
    const foreign = [{ path: '/data', uid: 1001 }]
    expect(judge({ ...good, user: { name: '', uid: 5000 }, foreign })).toEqual([
      {
        id: 'place.account',
        severity: 'refuse',
        text: 'this container runs as user 5000, which has no account in it',
        cause: "Greenplum's tools require one",
        fix: 'do not set --user (in the compose file: user:); the image itself switches to the administrator, whose uid is set with GREENPLUM_UID',
        where: '5000',
      },
    ])
    expect(judged({ user: { name: 'root', uid: 0 }, foreign })).toEqual([
      [
        'place.root',
        'refuse',
        "the image's own entrypoint, which switches to the administrator, was replaced; keep it",
      ],
    ])
  })

  const release = (postgres?: string, catalog?: string) => ({ postgres, catalog })

  it.each([
    [release('9.4'), release('12'), 'created by Greenplum 6, but this image has Greenplum 7'],
    [
      release('9.4', '301908232'),
      release('14', '302502091'),
      'by Greenplum 6, but this image has Cloudberry',
    ],
    [release('8.3'), release('9.4'), 'created by Greenplum 5, but this image has Greenplum 6'],
    [
      release('12', '1'),
      release('12', '2'),
      'created by Greenplum 7 with catalog version 1, but this image has catalog version 2',
    ],
  ])('refuses a volume of %j in an image of %j', (cluster, image, text) => {
    const releases = { cluster, image }
    expect(judge({ ...good, releases })).toMatchObject([{ id: 'place.release', severity: 'refuse' }])
    expect(judge({ ...good, releases })[0]?.text).toContain(text)
    expect(judged({ releases, hasCluster: false })).toEqual([])
  })

  it.each([
    [release('9.4', '1'), release('9.4', '1')],
    [release('9.4'), release('9.4', '1')],
    [release(undefined, '1'), release('9.4', '2')],
    [release('9.4', '1'), release(undefined, '2')],
  ])('has nothing to say of %j in %j', (cluster, image) => {
    expect(judged({ releases: { cluster, image } })).toEqual([])
  })

  it.each(['my db', 'a;b', 'a"b', "a'b", '$(id)', 'a\nb', '-x', '.x', 'база', 'postgres', 'template1'])(
    'refuses to make a database called %j on a first start, and takes it on a later one',
    (database) => {
      expect(judge({ ...good, database, hasCluster: false })[0]).toMatchObject({
        id: 'place.database-name',
        severity: 'refuse',
        text: `GREENPLUM_DATABASE_NAME is ${JSON.stringify(database)}; a first start cannot create a database with that name`,
      })
      expect(judged({ database })).toEqual([])
    },
  )

  it.each(['gp_dwh', 'Another-DB', '9a', '_', 'a.b'])('a first start may make %s', (database) => {
    expect(judged({ database, hasCluster: false })).toEqual([])
  })

  it.each([
    ['place.memory', { memoryBytes: gibi }, 'mem_limit: 2g'],
    ['place.shared-memory', { sharedMemoryBytes: 64 * 1024 ** 2 }, 'shm_size: 1gb'],
    ['place.open-files', { openFiles: 1024 }, 'nofile: 65536'],
    ['place.semaphores', { semaphores: [250, 1000, 32, 100] }, 'kernel.sem'],
    ['place.java', { pxf: { ...good.pxf, javaFound: false } as PlaceFacts['pxf'] }, 'GREENPLUM_PXF_ENABLE'],
    ['place.java', { pxf: { ...good.pxf, javaMajor: 7 } as PlaceFacts['pxf'] }, 'base image'],
    [
      'place.image-family',
      { image: { family: 'greenplum7', chosen: 'nearest', reason: 'it has PostgreSQL 13' } },
      'BASE_IMAGE_FAMILY: "greenplum7", or the correct family, one of greenplum6, greenplum7, cloudberry',
    ],
    [
      'configuration.without-effect',
      {
        withoutEffect: [finding('configuration.without-effect', { text: 'X is in vain', fix: 'remove it' })],
      },
      'remove it',
    ],
  ] as [string, Partial<PlaceFacts>, string][])(
    'warns of %s with the line that mends it',
    (id, facts, line) => {
      const [[found, severity, fix] = []] = judged(facts)
      expect([found, severity]).toEqual([id, 'warning'])
      expect(fix).toContain(line)
    },
  )

  it('says nothing of what could not be read', () => {
    const unknown = {
      openFiles: undefined,
      semaphores: undefined,
      sharedMemoryBytes: undefined,
      memoryBytes: undefined,
    }
    expect(
      judge({ ...good, ...unknown, volume: { ...good.volume, freeBytes: undefined }, pxf: undefined }),
    ).toEqual([])
  })
})

describe('what is read', () => {
  it('an alias is a name in the line of the own one', () => {
    const hosts = '127.0.0.1\tlocalhost\n172.17.0.2 abc gpdbsne # old\n#1.2.3.4 abc other\n10.0.0.9 third'
    const isOurs = (name: string) => isAlias(hosts, { own: 'abc', name })
    expect(['gpdbsne', 'other', 'third', 'old', '172.17.0.2'].map(isOurs)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
  })

  it("the coordinator's name, quoted or not", () => {
    expect(coordinatorName('ARRAY_NAME="x"\nMASTER_HOSTNAME=gpdbsne\n')).toBe('gpdbsne')
    expect(coordinatorName('COORDINATOR_HOSTNAME="cdw" # here\n')).toBe('cdw')
    expect(coordinatorName('')).toBeUndefined()
  })

  it('mounts, limits, heap and Java', () => {
    const mounts =
      '36 35 98:0 /mnt /data ro,noatime master:1 - ext3 /dev/root rw\n37 35 98:0 / /my\\040dir rw - ext3 x rw\n'
    expect(readOnlyMounts(mounts)).toEqual(['/data'])
    expect(
      openFilesLimit('Max open files            20000                20000                files\n'),
    ).toBe(20_000)
    expect(heapOf('# -Xmx9g\nexport PXF_JVM_OPTS="-Xmx512m -Xms256m"\n')).toBe(512 * 1024 ** 2)
    expect(heapOf('')).toBeUndefined()
    expect(javaMajor('IMPLEMENTOR="x"\nJAVA_VERSION="11.0.22"\n')).toBe(11)
    expect(javaMajor('JAVA_VERSION="1.8.0_392"\n')).toBe(8)
  })
})
