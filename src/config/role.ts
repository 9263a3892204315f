/** The role of a host in its cluster. Everything that depends on the role is decided here. */

/** The roles, by the names that the start script uses. */
export const deployments = ['singlenode', 'master', 'segment', 'standby'] as const
export type Deployment = (typeof deployments)[number]

interface Host {
  readonly deployment: Deployment
}

/** The host has the coordinator: it creates the cluster, sets the password and configures the database. */
export const isCoordinator = ({ deployment }: Host): boolean =>
  deployment === 'singlenode' || deployment === 'master'

/** Every server of the cluster is on this host. There are no mirrors, so the loss of one server ends the database. */
export const isWholeCluster = ({ deployment }: Host): boolean => deployment === 'singlenode'

/** The host has the coordinator of segments on other hosts, which only the cluster's tools can reach. */
export const leadsOtherHosts = (host: Host): boolean => isCoordinator(host) && !isWholeCluster(host)
