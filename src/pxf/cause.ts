/** Explains why PXF did not start, from the output of its JVM or of `pxf start`, with a fix. Pure. */
import type { Advice } from '../findings/advice.ts'

export interface Cause {
  readonly cause: string
  readonly fix: string
}

/** The first start writes the value of the variable there; from then on the line takes precedence. */
export const jvmLine = 'the line `export PXF_JVM_OPTS=…` of $PXF_BASE/conf/pxf-env.sh'

/**
 * A different PXF_PORT does not help: segments are started over ssh, without it, and expect PXF on the default port.
 */
export const freePort = 'stop that program: the segments expect PXF on this port'

/** The port and directory of PXF, and its owner. */
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

/** The first match counts, so errors that end a JVM earliest come first. */
const signs: readonly Sign[] = [
  {
    sign: /JAVA_HOME\S*( is)? (invalid|not set)|JAVA_HOME=\S* is invalid|java: (command )?not found/i,
    cause: 'JAVA_HOME is not the path of a Java installation',
    fix: 'remove JAVA_HOME from conf/pxf-env.sh in PXF_BASE, or set it to the Java of the image',
  },
  {
    sign: /UnsupportedClassVersionError|class file version/i,
    cause: 'this version of Java is too old for this PXF',
    fix: "use the base image's own Java (JAVA_HOME in conf/pxf-env.sh)",
  },
  {
    sign: /Could not reserve enough space|insufficient memory for the Java Runtime|Cannot allocate memory|Initial heap size set to a larger value/i,
    cause: 'the heap of PXF does not fit into the memory of the container',
    fix: `set a smaller -Xmx and -Xms in ${jvmLine}, or give the container more memory`,
  },
  {
    sign: /Unrecognized (VM )?option|Invalid (maximum|initial) heap size|Could not create the Java Virtual Machine/i,
    cause: 'the JVM options of PXF are invalid',
    fix: `correct ${jvmLine}`,
  },
  {
    sign: /OutOfMemoryError|PXF Out of memory detected/i,
    cause: 'its heap was full (OutOfMemoryError)',
    fix: `set a larger -Xmx in ${jvmLine}`,
  },
  {
    sign: /Port \d+ was already in use|Address already in use|BindException/i,
    cause: ({ port }) => `another program uses port ${port}`,
    fix: freePort,
  },
  {
    sign: /zip END header not found|error in opening zip file|ZipException|Unable to open nested|invalid CEN header|zip file is empty/i,
    cause: 'a .jar file in lib/ is not a JAR',
    fix: (place) => inLib(place, 'remove it from lib/ in PXF_BASE'),
  },
  {
    sign: /NoSuchMethodError|call a method that does not exist|NoClassDefFoundError|LinkageError|ClassNotFoundException: org\.(springframework|apache)/i,
    cause: 'a JAR in lib/ contains classes that conflict with those of PXF',
    fix: (place) => inLib(place, 'keep only JDBC drivers in lib/ of PXF_BASE'),
  },
  {
    sign: /pxf-env\.sh: line \d+/i,
    cause: 'conf/pxf-env.sh has a syntax error',
    fix: ({ base, advice }) => `fix it: ${advice.inside(`bash -n ${base}/conf/pxf-env.sh`)}`,
  },
  {
    sign: /log directory does not exist|cannot access pid file|Permission denied|Operation not permitted/i,
    cause: 'logs/ or run/ in PXF_BASE is missing, or belongs to another user',
    fix: ({ base, user, advice }) =>
      `a restart creates them: ${advice.restart}; to change the owner: ${advice.inside(`chown -hR ${user}: ${base}`, 'root')}`,
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
  const inPlace = (text: Sign['cause']) => (typeof text === 'string' ? text : text(place))
  return { cause: `${inPlace(found.cause)}\n${quoted}`, fix: inPlace(found.fix) }
}
