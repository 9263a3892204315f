/** What a JVM, or `pxf start`, says when PXF does not come up, in plain words, with what helps. Pure. */
import type { Advice } from '../findings/advice.ts'

export interface Cause {
  readonly cause: string
  readonly fix: string
}

/** The variable of that name is written there once, by the first start; from then on the line counts. */
export const jvmLine = 'the line `export PXF_JVM_OPTS=…` of $PXF_BASE/conf/pxf-env.sh'

/** Not another PXF_PORT: the segments are started over ssh, without it, and look for PXF on the usual one. */
export const freePort = 'end that program: the segments look for PXF on this port'

/** Where PXF is, and whose. */
export interface PxfPlace {
  readonly port: number
  readonly base: string
  readonly user: string
  readonly advice: Advice
}

interface Sign {
  readonly sign: RegExp
  readonly cause: string | ((place: PxfPlace) => string)
  readonly fix: string | ((place: PxfPlace) => string)
}

const inLib = ({ advice }: PxfPlace, what: string) => `${what}, then: ${advice.restart}`

/** The first that fits counts: what ends a JVM before anything else comes first. */
const signs: readonly Sign[] = [
  {
    sign: /JAVA_HOME\S*( is)? (invalid|not set)|JAVA_HOME=\S* is invalid|java: (command )?not found/i,
    cause: 'JAVA_HOME does not lead to a Java',
    fix: 'take JAVA_HOME out of conf/pxf-env.sh in PXF_BASE, or point it to the Java of the image',
  },
  {
    sign: /UnsupportedClassVersionError|class file version/i,
    cause: 'this Java is too old for this PXF',
    fix: 'use the base image with its own Java (JAVA_HOME in conf/pxf-env.sh)',
  },
  {
    sign: /Could not reserve enough space|insufficient memory for the Java Runtime|Cannot allocate memory|Initial heap size set to a larger value/i,
    cause: 'the heap of PXF does not fit into the memory of the container',
    fix: `a smaller -Xmx and -Xms in ${jvmLine}; or more memory for the container`,
  },
  {
    sign: /Unrecognized (VM )?option|Invalid (maximum|initial) heap size|Could not create the Java Virtual Machine/i,
    cause: 'Java does not understand the options of its JVM',
    fix: `correct ${jvmLine}`,
  },
  {
    sign: /OutOfMemoryError|PXF Out of memory detected/i,
    cause: 'its heap was full (OutOfMemoryError)',
    fix: `a larger -Xmx in ${jvmLine}`,
  },
  {
    sign: /Port \d+ was already in use|Address already in use|BindException/i,
    cause: ({ port }) => `port ${port} is taken by another program`,
    fix: freePort,
  },
  {
    sign: /zip END header not found|error in opening zip file|ZipException|Unable to open nested|invalid CEN header|zip file is empty/i,
    cause: 'a file in lib/ is called .jar and is none',
    fix: (place) => inLib(place, 'take it out of lib/ in PXF_BASE'),
  },
  {
    sign: /NoSuchMethodError|NoClassDefFoundError|LinkageError|ClassNotFoundException: org\.(springframework|apache)/i,
    cause: 'a stray JAR in lib/ brings classes that clash with those of PXF',
    fix: (place) => inLib(place, 'leave only JDBC drivers in lib/ of PXF_BASE'),
  },
  {
    sign: /pxf-env\.sh: line \d+/i,
    cause: 'conf/pxf-env.sh has an error',
    fix: ({ base, advice }) => `fix it: ${advice.inside(`bash -n ${base}/conf/pxf-env.sh`)}`,
  },
  {
    sign: /log directory does not exist|cannot access pid file|Permission denied|Operation not permitted/i,
    cause: 'logs/ or run/ in PXF_BASE is missing, or belongs to somebody else',
    fix: ({ base, user, advice }) =>
      `a start makes them: ${advice.restart}; owners: ${advice.inside(`chown -hR ${user}: ${base}`, 'root')}`,
  },
]

export function causeIn(words: string, place: PxfPlace): Cause | undefined {
  const found = signs.find(({ sign }) => sign.test(words))
  if (found === undefined) return undefined
  const line =
    words
      .split('\n')
      .find((candidate) => found.sign.test(candidate))
      ?.trim() ?? ''
  const quoted = line.length > 300 ? `${line.slice(0, 300)}...` : line
  const inPlace = (said: Sign['cause']) => (typeof said === 'string' ? said : said(place))
  return { cause: `${inPlace(found.cause)}\n${quoted}`, fix: inPlace(found.fix) }
}
