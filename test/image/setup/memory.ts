/**
 * Room for the volumes of the tests in memory. A disk takes longer to forget the thousands of small files of a deleted
 * cluster than to write those of the next one, and the sweeps do both a hundred times.
 */

/** What has to be available, and how much of it the volumes may take. */
const enough = 8 * 1024 ** 3
const share = 0.5

/** @param meminfo the text of /proc/meminfo @returns bytes, or 0 where the volumes stay on the disk */
export function memoryForVolumes(meminfo: string): number {
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo) ?? []
  const available = Number(kilobytes ?? 0) * 1024
  return available < enough ? 0 : Math.floor(available * share)
}
