/** The words of `--help`. */
import { environmentNames } from '../config/schema.ts'
import { partNames } from '../parts/all.ts'

export const usage = `gp-supervisor: starts Greenplum with PXF in a container, keeps it right, stops it clean

Usage: gp-supervisor [command] [options]

Commands
  run [ARG ...]          start everything and stay (the default); ARGs go to the start script
  health [--for PART]    is it ready? exit 0 or 1, with the reasons; PART:
                         ${partNames.join(', ')}
  status [--json]        phase, components, timeline, versions and the previous stop of the running supervisor
  seed [--dry-run]       copy the image's files into PXF_BASE, or say what would be copied
  seed --check           check what the image brings (for its Dockerfile): XML, placeholders, SQL, manifests; exit 0 or 78
  doctor [--json]        what is wrong here, running or broken, with cause and fix; exit 0, 1 (warnings), 2 (errors)
  config                 the configuration as resolved, secrets masked

Options
  -h, --help             this text
  -V, --version          the version

It is configured by environment variables; docs/reference/environment.md explains each:
${wrap(environmentNames)}

Exit codes: 0 clean stop, 64 usage, 69 the database died, 70 internal error, 73 the volume is in use by another
container, 75 the stop is not verified, 78 configuration.
`

function wrap(names: readonly string[]): string {
  const lines: string[] = []
  for (const name of names) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + name.length + 2 <= 100)
      lines[lines.length - 1] = `${last}, ${name}`
    else lines.push(`  ${name}`)
  }
  return lines.join('\n')
}
