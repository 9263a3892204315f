/** The variables of a cluster of several hosts; see schema.ts. Only the coordinator reads them. */
import * as z from 'zod'

const see = '../how-to/run-several-hosts.md'

export const clusterVariables = {
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
