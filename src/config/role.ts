/** What a host does in its cluster. Everything that differs by the role of a host is asked here. */

/** As the start script calls the roles. */
export const deployments = ['singlenode', 'master', 'segment', 'standby'] as const
export type Deployment = (typeof deployments)[number]

interface Host {
  readonly deployment: Deployment
}

/** It has the coordinator: it makes the cluster, sets the password, and configures the database. */
export const isCoordinator = ({ deployment }: Host): boolean =>
  deployment === 'singlenode' || deployment === 'master'

/** Every server of the cluster is on this host. There are no mirrors, so the loss of one ends the database. */
export const isWholeCluster = ({ deployment }: Host): boolean => deployment === 'singlenode'

/** It has the coordinator of segments that are on other hosts, which only the tools of the cluster reach. */
export const leadsOtherHosts = (host: Host): boolean => isCoordinator(host) && !isWholeCluster(host)
