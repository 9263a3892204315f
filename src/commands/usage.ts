/** The text of `--help`. */
import { usualVariables } from '../config/schema.ts'
import { partNames } from '../parts/all.ts'

export const usage = `gp-supervisor: starts Greenplum with PXF in a container, supervises it, and shuts it down cleanly

Usage: gp-supervisor [command] [options]

Commands
  run [ARG ...]          start everything and supervise it (the default); ARGs are passed to the start script
  health [--for PART]    print whether it is ready, and why not; exit 0 or 1; PART is one of
                         ${partNames.join(', ')}
  status [--json]        print phase, components, timeline, versions and previous stop of the running supervisor
  history [--json]       print the last 50 runs on the volume: kind of start, time until ready, end; exit 0 or 1
  seed [--dry-run]       copy the image's files into PXF_BASE, or only print what would be copied
  seed --check           check the files of the image (for its Dockerfile): XML, placeholders, SQL, manifests; exit 0 or 78
  doctor [--json]        print what is wrong here, with cause and fix; exit 0, 1 (warnings) or 2 (errors)
  promote [--force]      make the standby of this host the coordinator; the former coordinator's host must be stopped
  pack --output FILE     make the archive of a prepared cluster from a volume that is shut down; - is standard output
  share-classes          make the class data of PXF (for the Dockerfile of the image)
  config                 print the resolved configuration, secrets masked

Options
  -h, --help             print this text
  -V, --version          print the version

Environment variables, described in docs/reference/environment.md:
${wrap(usualVariables.map(([name]) => name))}

Exit codes: 0 clean stop, 64 usage, 69 the database died, 70 internal error, 73 another container holds the lock on
the volume, 75 the stop could not be verified as clean, 78 configuration.
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
