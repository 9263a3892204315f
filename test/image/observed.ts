/** What `docker logs` and `docker inspect` say, as data. */

export interface LogRecord {
  readonly time: string
  readonly level: string
  readonly component: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface ContainerState {
  readonly status: string
  readonly exitCode: number
  readonly health: string
  readonly address: string
  readonly restarts: number
}

/** Before the first line of each run the container is the entrypoint's, which may say what it likes. */
export function parseLog(text: string): LogRecord[] {
  const records: LogRecord[] = []
  let said: string | undefined
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const record = line.startsWith('{') ? parseLine(line) : undefined
    if (record === undefined) said ??= line
    else {
      if (said !== undefined && record.msg !== 'listening') throw notJson(said)
      said = undefined
      records.push(record)
    }
  }
  if (said !== undefined && records.length > 0) throw notJson(said)
  return records
}

function parseLine(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord
  } catch {
    throw notJson(line)
  }
}

const notJson = (line: string): Error => new Error(`a line of the log is no JSON: ${line.slice(0, 400)}`)

/** From the last first line on. */
export function lastRun(records: readonly LogRecord[]): LogRecord[] {
  return records.slice(
    Math.max(
      0,
      records.findLastIndex(({ msg }) => msg === 'listening'),
    ),
  )
}

/** From a run's first line until it was ready. */
export function readyAfterMs(run: readonly LogRecord[]): number {
  const [first, ready] = [run[0], run.find(({ msg }) => msg === 'ready')]
  if (first === undefined || ready === undefined) throw new Error('this run never was ready')
  return Date.parse(ready.time) - Date.parse(first.time)
}

export function parseState(text: string): ContainerState {
  const [found] = JSON.parse(text) as {
    RestartCount: number
    State: { Status: string; ExitCode: number; Health?: { Status: string } }
    NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
  }[]
  if (found === undefined) throw new Error('docker inspect answered nothing')
  return {
    status: found.State.Status,
    exitCode: found.State.ExitCode,
    health: found.State.Health?.Status ?? '',
    address: Object.values(found.NetworkSettings.Networks)[0]?.IPAddress ?? '',
    restarts: found.RestartCount,
  }
}
