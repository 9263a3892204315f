/**
 * What PXF's `/actuator/prometheus` says of records, bytes, heap and threads (PXF 6.10: MetricsReporter.java; the rest is
 * Micrometer's). Its own labels (user, segment, profile, server) are summed up: anybody who may create an external table
 * can make more of them. Pure.
 */
import { counter, gauge, sample, single, type Family } from '../health/exposition.ts'

/** A name, the labels, the value. */
const line = /^(pxf_\w+|jvm_memory_\w+|jvm_threads_live_threads|tomcat_threads_\w+)(?:\{([^]*)\})? (\S+)$/

/** @returns none where the text is another */
export function pxfMetrics(text: string): Family[] {
  const heap = new Map<string, number>()
  const sums = new Map<string, number>()
  // Only this character ends a line; a label may have others that a pattern would take for one.
  for (const one of text.split('\n')) {
    const found = line.exec(one)
    if (found === null) continue
    const [, name = '', labels = '', value] = found
    const amount = Number(value)
    // A pool without a limit says -1.
    if (!Number.isFinite(amount) || amount < 0) continue
    const table = name.startsWith('jvm_memory_') ? (labels.includes('area="heap"') ? heap : undefined) : sums
    table?.set(name, (table.get(name) ?? 0) + amount)
  }
  if (heap.size === 0) return []
  // PXF names them from its own point of view: what is read from a source it sends to Greenplum.
  const perOperation = (what: string) => [
    sample({ operation: 'read' }, sums.get(`pxf_${what}_sent_total`) ?? 0),
    sample({ operation: 'write' }, sums.get(`pxf_${what}_received_total`) ?? 0),
  ]
  return [
    counter(
      'pxf_records_total',
      'Records that PXF has read from sources or written to them.',
      perOperation('records'),
    ),
    counter(
      'pxf_bytes_total',
      'Bytes that PXF has read from sources or written to them.',
      perOperation('bytes'),
    ),
    gauge(
      'pxf_heap_used_bytes',
      'Heap of PXF in use, with what is not collected yet.',
      single(heap.get('jvm_memory_used_bytes')),
    ),
    gauge('pxf_heap_max_bytes', 'Largest heap that PXF may have.', single(heap.get('jvm_memory_max_bytes'))),
    gauge(
      'pxf_heap_used_after_gc_ratio',
      'Share of the old generation of PXF that was in use after the latest garbage collection, 0 to 1.',
      single(heap.get('jvm_memory_usage_after_gc_percent')),
    ),
    gauge('pxf_threads', 'Threads of PXF.', single(sums.get('jvm_threads_live_threads'))),
    gauge(
      'pxf_request_threads',
      'Threads of PXF that serve a request.',
      single(sums.get('tomcat_threads_busy_threads')),
    ),
    gauge(
      'pxf_request_threads_max',
      'Most threads of PXF that may serve requests.',
      single(sums.get('tomcat_threads_config_max_threads')),
    ),
  ]
}
