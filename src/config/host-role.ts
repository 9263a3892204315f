/**
 * The role that a promotion gave to this host. It is on its volume, and takes precedence over the variable: the container
 * of a promoted standby is started with the variables that it always had.
 */
import { join } from 'node:path'
import * as z from 'zod'
import { errnoOf, reasonOf } from '../errors.ts'
import type { ConfigSources } from './config.ts'
import { ConfigError } from './faults.ts'
import type { Deployment } from './role.ts'

const schema = z.object({
  version: z.literal(1),
  deployment: z.enum(['master', 'standby']),
  /** Each promotion counts one on. Of two coordinators, that with the lower one was replaced. */
  term: z.int().min(2),
  since: z.iso.datetime(),
})
export type HostRole = Readonly<Omit<z.infer<typeof schema>, 'version'>>

/** Below the folder of this program's own state. */
export const hostRoleName = 'role.json'

const hostRoleFile = (dataDirectory: string): string => join(dataDirectory, '.gp-supervisor', hostRoleName)

/** The file's content, for whoever writes it. */
export const asFile = (role: HostRole): z.infer<typeof schema> => ({ version: 1, ...role })

/**
 * @returns undefined where nothing was ever promoted
 * @throws ConfigError for a file that cannot be read: the wrong role could make two coordinators
 */
export function readHostRole(
  dataDirectory: string,
  { deployment, variable }: { readonly deployment: Deployment; readonly variable: string },
  readFile: ConfigSources['readFile'],
): HostRole | undefined {
  if (deployment !== 'master' && deployment !== 'standby') return undefined
  const file = hostRoleFile(dataDirectory)
  try {
    const text = readFile(file)
    if (text === '') return undefined
    const { version: _, ...role } = schema.parse(JSON.parse(text))
    return role
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw new ConfigError([
      {
        text: `${variable} is ${deployment}, but a promotion may have changed the role of this host: ${file} cannot be read: ${reasonOf(error)}`,
        variables: [variable],
      },
    ])
  }
}
