export { GreenplumContainer, StartedGreenplumContainer } from './container.ts'
export { StartError } from './start-failure.ts'
export type { PxfServer } from './pxf-server.ts'
