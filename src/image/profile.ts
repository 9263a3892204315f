/**
 * The facts about base images, one profile per family: paths, ports, names, and the lines that show the progress of the
 * start script. No other file of `src` contains such facts. To add a family, add a file next to this one and a line in
 * families.ts.
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

/** A line of the start script, or of a tool that it runs, and the stage that starts with it. */
export interface StageLine {
  readonly line: RegExp
  readonly stage: Stage
  /** The line counts only in these stages, because gpstop prints the same lines at other times. */
  readonly from: readonly Stage[]
}

/** The layout of the server directories below the data directory. */
export interface ServerLayout {
  /** `<data>/<coordinatorFolder>/<prefix>-1` is the coordinator's directory. */
  readonly coordinatorFolder: string
  /** Segments are in `<data>/NN/<role>/<prefix>N`: the pattern of NN, and the roles. */
  readonly segmentFolder: RegExp
  readonly segmentRoles: readonly string[]
  /** Other files that a first start creates in the data directory itself. */
  readonly firstStartFiles: RegExp
  /** The file that contains the host name of the first start. */
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
  | 'PREPARED'
  | 'FAST_START'

export interface ImageProfile {
  /** The identifier for BASE_IMAGE_FAMILY, `/status` and `config`. */
  readonly family: string
  /** The human-readable name. */
  readonly title: string
  /** The underlying PostgreSQL version, as in `PG_VERSION`. It identifies the family of an image. */
  readonly postgres: string
  /** The products whose images have this layout, and how far each was tried. */
  readonly products: readonly { readonly name: string; readonly tried: string }[]
  /** The prefix of its variables. */
  readonly prefix: string
  /** Further variables of the image, without the prefix; this program reads none of them. */
  readonly otherVariables: readonly string[]
  /** Those of them with which the start script needs a running server after gpinitsystem, if they are `true`. */
  readonly beyondPlainCluster: readonly string[]
  readonly gphome: string
  /** The folders in which the database may look up time zones. */
  readonly timeZones: readonly string[]
  readonly startScript: string
  /** The directory of the scripts that a first start runs, and the line of the start script that names it. */
  readonly initScripts: string
  readonly initScriptsLine: RegExp
  readonly stageLines: readonly StageLine[]
  /** Greenplum's management tools, which must not be interrupted while they run. */
  readonly tools: readonly string[]
  readonly administrator: string
  readonly dataDirectory: string
  readonly segmentPrefix: string
  readonly layout: ServerLayout
  /** The options with which gpstart starts a server on a port (`PgCtlBackendOptions` in `gppylib/commands/gp.py`). */
  readonly serverOptions: {
    readonly coordinator: (port: number) => string
    readonly segment: (port: number) => string
  }
  /** The beginning of the coordinator's names in gpinitsystem_config. */
  readonly coordinatorTitle: 'MASTER' | 'COORDINATOR'
  /** Variables that give the tools the coordinator's directory. */
  readonly dataDirectoryVariables: readonly string[]
  /** The directory with the csv log, in each server directory. */
  readonly logFolder: string
  /** A copy of the catalog, in the coordinator's directory, that a start makes again. */
  readonly catalogDump: string
  readonly coordinatorPort: number
  /** The directory of the Unix-domain sockets. */
  readonly socketDirectory: string
  readonly pxf: {
    readonly home: string
    /** The directory of its files, below the data directory. */
    readonly folder: string
    readonly port: number
    /** Java versions that the PXF of these images supports. */
    readonly java: readonly number[]
  }
  readonly sql: {
    /** The system catalog that has the locations of external tables. */
    readonly externalTables: 'pg_exttable' | 'pg_foreign_table'
  }
}

/** The full name of a variable in images of that family. */
export const variableName = ({ prefix }: Pick<ImageProfile, 'prefix'>, variable: ImageVariable): string =>
  `${prefix}_${variable}`

export const coordinatorDirectory = (
  { layout }: Pick<ImageProfile, 'layout'>,
  { dataDirectory, segmentPrefix }: { readonly dataDirectory: string; readonly segmentPrefix: string },
): string => `${dataDirectory}/${layout.coordinatorFolder}/${segmentPrefix}-1`

/** The environment with the family's default location of Greenplum, for a stop if `~/.bashrc` cannot be read. */
export const usualToolEnvironment = ({ gphome }: Pick<ImageProfile, 'gphome'>): Record<string, string> => ({
  PATH: `${gphome}/bin:/usr/local/bin:/usr/bin:/bin`,
  GPHOME: gphome,
  LD_LIBRARY_PATH: `${gphome}/lib`,
  PYTHONPATH: `${gphome}/lib/python`,
})
