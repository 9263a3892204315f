/** The variables of a cluster of several hosts; see schema.ts. */
import * as z from 'zod'
import { flag } from './values.ts'

const see = '../how-to/run-several-hosts.md'

const hostName = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

export const clusterVariables = {
  CLUSTER_SEGMENT_HOSTS: z
    .string()
    .transform((value) => value.split(',').map((host) => host.trim()))
    .pipe(z.array(z.string().regex(hostName, 'host names separated by commas')))
    .optional()
    .meta({
      description:
        'The segment hosts of a cluster. From this, `CLUSTER_SEGMENTS` and `CLUSTER_MIRRORS` the first start of the coordinator writes the files for `gpinitsystem`. A file that is mounted as `/tmp/gpinitsystem_config` or `/tmp/hostfile_gpinitsystem` takes precedence. Every host that has the names of the others, from here or from `CLUSTER_COORDINATOR_HOSTS`, lets them into its servers under whatever address they have now (`pg_hba.conf`).',
      allowed: 'host names separated by commas',
      see,
    }),
  CLUSTER_SEGMENTS: z
    .string()
    .regex(/^[1-9]\d?$/, 'a number from 1 to 99')
    .transform(Number)
    .default(2)
    .meta({
      description:
        'The number of primaries on each segment host of a cluster that is to be created. Segment hosts need it as well, unless they get their folders as arguments.',
      allowed: 'a number from 1 to 99',
      see,
    }),
  CLUSTER_MIRRORS: flag.default('false').meta({
    description: '`true`: each primary of a cluster that is to be created gets a mirror on another host.',
    see,
  }),
  CLUSTER_COORDINATOR_HOSTS: z
    .string()
    .transform((value) => value.split(',').map((host) => host.trim()))
    .pipe(
      z
        .array(z.string().regex(hostName, 'two host names separated by a comma'))
        .length(2, 'two host names separated by a comma'),
    )
    .optional()
    .meta({
      description:
        'The two hosts that may have the coordinator: that which creates the cluster, and that of its standby. All hosts need the same value. The coordinator creates the standby on the other one, and asks it at each start whether it was promoted meanwhile.',
      allowed: 'two host names separated by a comma',
      see,
    }),
  CLUSTER_STANDBY: z.enum(['0', '1']).default('1').meta({
    description: '`0`: no standby is created, although `CLUSTER_COORDINATOR_HOSTS` names a host for it.',
    see,
  }),
  CLUSTER_RECOVERY: z.enum(['auto', 'report']).default('auto').meta({
    description:
      'What the coordinator of several hosts does about servers that are down. `auto`: it starts them once their host is back, brings mirrors up to date (`gprecoverseg`), and restores the preferred roles while no session is busy. `report`: it only says what to run.',
    see,
  }),
  CLUSTER_READY: z.enum(['serving', 'whole']).default('serving').meta({
    description:
      'When a coordinator of several hosts is ready. `serving`: when every query is answered, even if a mirror has to act as primary or is down; `/readyz` then has a warning. `whole`: only when no server is down and all have their preferred roles.',
    see,
  }),
}
