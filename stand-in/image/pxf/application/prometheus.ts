/**
 * What PXF 6.10.1 answers to `/actuator/prometheus`, cut down to a few families of each kind: labels, order and types are
 * as recorded from it on Java 17, after one read of a file. STANDIN_PXF_RECORDS is how many records a second it has read
 * since its start, STANDIN_PXF_HEAP what share of the heap is in use; without them nothing and a tenth.
 */
const maxBytes = 512 * 1024 * 1024
const bytesPerRecord = 48

export function prometheusText(knob: (name: string) => string | undefined, uptimeSeconds: number): string {
  const share = Number(knob('STANDIN_PXF_HEAP') ?? 0.1)
  const records = Math.round(Number(knob('STANDIN_PXF_RECORDS') ?? 0) * uptimeSeconds)
  const read = 'application="pxf-service",profile="jdbc",segment="0",server="bookings-db",user="gpadmin",'
  const heap = (pool: string) => `application="pxf-service",area="heap",id="${pool}",`
  const families: readonly (readonly [
    name: string,
    type: string,
    ...samples: (readonly [string, number])[],
  ])[] = [
    [
      'jvm_memory_used_bytes',
      'gauge',
      [heap('G1 Old Gen'), maxBytes * share],
      ['application="pxf-service",area="nonheap",id="Metaspace",', 44_461_288],
      [heap('G1 Eden Space'), 0],
    ],
    [
      'jvm_memory_max_bytes',
      'gauge',
      [heap('G1 Old Gen'), maxBytes],
      ['application="pxf-service",area="nonheap",id="Metaspace",', -1],
      [heap('G1 Eden Space'), -1],
    ],
    [
      'jvm_memory_usage_after_gc_percent',
      'gauge',
      ['application="pxf-service",area="heap",pool="long-lived",', share],
    ],
    ['jvm_threads_live_threads', 'gauge', ['application="pxf-service",', 21]],
    [
      'tomcat_threads_busy_threads',
      'gauge',
      ['application="pxf-service",name="http-nio-127.0.0.1-5888",', 1],
    ],
    [
      'tomcat_threads_config_max_threads',
      'gauge',
      ['application="pxf-service",name="http-nio-127.0.0.1-5888",', 200],
    ],
    ['process_uptime_seconds', 'gauge', ['application="pxf-service",', uptimeSeconds]],
    // As in PXF, they are missing until something was read.
    ...(records === 0
      ? []
      : ([
          ['pxf_records_sent_total', 'counter', [read, records]],
          ['pxf_bytes_sent_total', 'counter', [read, records * bytesPerRecord]],
        ] as const)),
  ]
  return families
    .map(([name, type, ...samples]) =>
      [
        `# HELP ${name}  `,
        `# TYPE ${name} ${type}`,
        ...samples.map(([labels, value]) => `${name}{${labels}} ${exponential(value)}`),
        '',
      ].join('\n'),
    )
    .join('')
}

/** As Java prints a double: 5000.0, 2.68435456E8. */
function exponential(value: number): string {
  if (Math.abs(value) < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value)
  const [digits = '', power = ''] = value.toExponential().split('e+')
  return `${digits}${digits.includes('.') ? '' : '.0'}E${power}`
}
