/**
 * What initdb makes is the same in every first start of the stand-in. The first one of a run keeps it in this volume,
 * and the others copy it (STANDIN_SERVERS), unless a scenario is about the first start itself.
 */
import type { EngineAccess } from './engine.ts'
import { run, succeeds } from './host.ts'

const serversVolume = 'gp-supervisor-image-tests-servers'

/** Empty: that of an earlier run may be of another stand-in. */
export async function makeServersVolume(engine: EngineAccess): Promise<void> {
  await removeServersVolume(engine)
  await run(engine.docker, ['volume', 'create', serversVolume], { environment: engine.environment })
}

export async function removeServersVolume({ docker, environment }: EngineAccess): Promise<void> {
  await succeeds(docker, ['volume', 'rm', '--force', serversVolume], { environment })
}

/** For a compose file; a real base has nothing like it. */
export const withServers = {
  services: {
    greenplum: { environment: { STANDIN_SERVERS: '/servers' }, volumes: ['stand_in_servers:/servers'] },
  },
  volumes: { stand_in_servers: { external: true, name: serversVolume } },
}

/** So that a first start is one with gpinitsystem. */
export const withoutPreparedCluster = {
  services: { greenplum: { environment: { GREENPLUM_PREPARED: 'off' } } },
}
