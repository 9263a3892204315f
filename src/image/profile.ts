/**
 * What we know of the base images, one profile a family: paths, ports, names, the lines by which the start script is
 * followed. It is the one home of these facts: no other file of `src` writes one of them down. A new family is one
 * file beside this one and its line in families.ts.
 */

/**
 *   launched ─ Initialize ─▶ initializing ─ Configure ─▶ configuring-access ─ Restart ─▶ restarting
 *      │                                                                                     │
 *      └───────────── Start ───────────────▶ starting ◀──────── Restarting System... ────────┘
 *                                               │
 *                                               └─▶ init-scripts ─▶ init-scripts-done
 */
export type Stage =
  | 'launched'
  | 'initializing'
  | 'configuring-access'
  | 'restarting'
  | 'starting'
  | 'init-scripts'
  | 'init-scripts-done'

/** A line of the start script, or of a tool that it runs, and the stage that begins with it. */
export interface StageLine {
  readonly line: RegExp
  readonly stage: Stage
  /** The line means this only in one of these stages; gpstop prints the same lines at other times. */
  readonly from: readonly Stage[]
}

/** How the server directories lie below the data directory. */
export interface ServerLayout {
  /** `<data>/<coordinatorFolder>/<prefix>-1` is the coordinator's directory. */
  readonly coordinatorFolder: string
  /** `<data>/NN/<role>/<prefix>N`: what NN looks like, and the roles. */
  readonly segmentFolder: RegExp
  readonly segmentRoles: readonly string[]
  /** Beside these, what the first start puts into the data directory itself. */
  readonly firstStartFiles: RegExp
  /** In it stands the host name of the first start. */
  readonly initFile: string
}

/** The variables of the image, without the prefix. */
export type ImageVariable =
  | 'USER'
  | 'PASSWORD'
  | 'PASSWORD_FILE'
  | 'PASSWORD_SYNC'
  | 'DATABASE_NAME'
  | 'DATA_DIRECTORY'
  | 'SEG_PREFIX'
  | 'PXF_ENABLE'
  | 'DEPLOYMENT'

export interface ImageProfile {
  /** One word, for BASE_IMAGE_FAMILY, `/status` and `config`. */
  readonly family: string
  /** As people call it. */
  readonly title: string
  /** Of the PostgreSQL below, as in `PG_VERSION`: by it an image is recognised. */
  readonly postgres: string
  /** Whether it was run, and not only read. */
  readonly tried: string
  /** What its variables begin with. */
  readonly prefix: string
  /** More of its variables, without the prefix; this program reads none of them. */
  readonly otherVariables: readonly string[]
  readonly gphome: string
  readonly startScript: string
  /** The folder whose scripts a first start runs, and the line of the start script that names it. */
  readonly initScripts: string
  readonly initScriptsLine: RegExp
  readonly stageLines: readonly StageLine[]
  /** Greenplum's management tools: one that works must not be cut off. */
  readonly tools: readonly string[]
  readonly administrator: string
  readonly dataDirectory: string
  readonly segmentPrefix: string
  readonly layout: ServerLayout
  /** Names of the coordinator's directory, for the tools. */
  readonly dataDirectoryVariables: readonly string[]
  /** In each server directory, with the csv log. */
  readonly logFolder: string
  readonly coordinatorPort: number
  /** Where the Unix sockets are. */
  readonly socketDirectory: string
  readonly pxf: {
    readonly home: string
    /** Its files on the volume, below the data directory. */
    readonly folder: string
    readonly port: number
    /** Versions of Java on which the PXF of these images runs. */
    readonly java: readonly number[]
  }
  readonly sql: {
    /** The catalog that has the locations of external tables. */
    readonly externalTables: 'pg_exttable' | 'pg_foreign_table'
  }
}

/** The full name of a variable in the images of that family. */
export const variableName = ({ prefix }: Pick<ImageProfile, 'prefix'>, variable: ImageVariable): string =>
  `${prefix}_${variable}`

export const coordinatorDirectory = (
  { layout }: Pick<ImageProfile, 'layout'>,
  { dataDirectory, segmentPrefix }: { readonly dataDirectory: string; readonly segmentPrefix: string },
): string => `${dataDirectory}/${layout.coordinatorFolder}/${segmentPrefix}-1`

/** Where the images of the family have Greenplum, for a stop when `~/.bashrc` cannot be read. */
export const usualToolEnvironment = ({ gphome }: Pick<ImageProfile, 'gphome'>): Record<string, string> => ({
  PATH: `${gphome}/bin:/usr/local/bin:/usr/bin:/bin`,
  GPHOME: gphome,
  LD_LIBRARY_PATH: `${gphome}/lib`,
  PYTHONPATH: `${gphome}/lib/python`,
})
