import { expect, it } from 'vitest'
import { exposition } from '../health/exposition.ts'
import { pxfMetrics } from './metrics.ts'

/** Lines of PXF 6.10.1 on Java 17, after a read of 5000 records by two segments. */
const recorded = `# HELP jvm_memory_used_bytes The amount of used memory
# TYPE jvm_memory_used_bytes gauge
jvm_memory_used_bytes{application="pxf-service",area="nonheap",id="Metaspace",} 4.4461288E7
jvm_memory_used_bytes{application="pxf-service",area="heap",id="G1 Old Gen",} 2.5572352E7
jvm_memory_used_bytes{application="pxf-service",area="heap",id="G1 Survivor Space",} 4459856.0
jvm_memory_used_bytes{application="pxf-service",area="heap",id="G1 Eden Space",} 2.8311552E7
jvm_memory_usage_after_gc_percent{application="pxf-service",area="heap",pool="long-lived",} 0.09526443481445312
jvm_memory_max_bytes{application="pxf-service",area="nonheap",id="Metaspace",} -1.0
jvm_memory_max_bytes{application="pxf-service",area="heap",id="G1 Old Gen",} 2.68435456E8
jvm_memory_max_bytes{application="pxf-service",area="heap",id="G1 Survivor Space",} -1.0
jvm_memory_max_bytes{application="pxf-service",area="heap",id="G1 Eden Space",} -1.0
jvm_threads_live_threads{application="pxf-service",} 21.0
jvm_threads_peak_threads{application="pxf-service",} 21.0
tomcat_threads_busy_threads{application="pxf-service",name="http-nio-127.0.0.1-5888",} 1.0
tomcat_threads_config_max_threads{application="pxf-service",name="http-nio-127.0.0.1-5888",} 200.0
tomcat_global_error_total{application="pxf-service",name="http-nio-127.0.0.1-5888",} 0.0
`
const read = `# HELP pxf_bytes_sent_total  
# TYPE pxf_bytes_sent_total counter
pxf_bytes_sent_total{application="pxf-service",profile="file:csv",segment="0",server="f",user="gpadmin",} 11946.0
pxf_bytes_sent_total{application="pxf-service",profile="file:csv",segment="1",server="f",user="gpadmin",} 11947.0
pxf_records_sent_total{application="pxf-service",profile="file:csv",segment="0",server="f",user="gpadmin",} 2500.0
pxf_records_sent_total{application="pxf-service",profile="file:csv",segment="1",server="f",user="gpadmin",} 2500.0
pxf_fragments_sent_seconds_count{application="pxf-service",outcome="success",profile="file:csv",segment="0",server="f",user="gpadmin",} 1.0
pxf_records_received_total{application="pxf-service",profile="jdbc",segment="0",server="a\\" b",user="u",} 7.0
`

const values = (text: string): string[] =>
  exposition(pxfMetrics(text))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace('gp_supervisor_pxf_', ''))

it('what PXF says of itself is summed up over its users, segments, profiles and servers', () => {
  expect(values(recorded + read)).toEqual([
    'records_total{operation="read"} 5000',
    'records_total{operation="write"} 7',
    'bytes_total{operation="read"} 23893',
    'bytes_total{operation="write"} 0',
    'heap_used_bytes 58343760',
    'heap_max_bytes 268435456',
    'heap_used_after_gc_ratio 0.09526443481445312',
    'threads 21',
    'request_threads 1',
    'request_threads_max 200',
  ])
})

it('a PXF that has read nothing yet has read 0; what it does not say is left out', () => {
  expect(values(recorded).slice(0, 2)).toEqual([
    'records_total{operation="read"} 0',
    'records_total{operation="write"} 0',
  ])
  const other = recorded.replaceAll(/^(jvm_memory_usage|tomcat).*\n/gm, '')
  expect(values(other).slice(-2)).toEqual(['heap_max_bytes 268435456', 'threads 21'])
})

it.each(['\r', '\u2028', '\u2029'])('a name with %j forges no line of its own', (end) => {
  const user = `a${end}pxf_records_sent_total 1e15${end}b`
  const forged = `pxf_records_sent_total{user="${user}",} 5.0\n`
  expect(values(recorded + forged)[0]).toBe('records_total{operation="read"} 5')
})

it('the answer of another program has no metrics', () => {
  expect(pxfMetrics('<html>jvm</html>')).toEqual([])
  expect(pxfMetrics('jvm_memory_used_bytes{area="heap",} NaN\n')).toEqual([])
})
