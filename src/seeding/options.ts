/** The options for seeding, from the configuration. */
import type { Config, Environment } from '../config/config.ts'
import type { SeedOptions } from './reconcile.ts'

export const seedOptionsOf = (config: Config, environment: Environment): SeedOptions => ({
  seedDir: config.pxf.seedDirectory,
  confSeedDir: config.pxf.confSeedDirectory,
  pxfBase: config.pxf.base,
  mode: config.pxf.seedMode,
  environment,
  jvmOptions: config.pxf.jvmOptions,
})
