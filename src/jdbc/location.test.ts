import { describe, expect, it } from 'vitest'
import { parseLocation } from './location.ts'

describe('the LOCATION of an external table', () => {
  it('names profile and server, in any case', () => {
    expect(parseLocation('pxf://s.t?profile=Jdbc&Server=Bookings-DB')).toEqual({
      profile: 'Jdbc',
      server: 'bookings-db',
      config: undefined,
      isJdbc: true,
      hasSource: false,
    })
  })

  it('may say everything itself', () => {
    const classes = 'FRAGMENTER=org.greenplum.pxf.plugins.jdbc.JdbcPartitionFragmenter'
    const accessor = 'ACCESSOR=org.greenplum.pxf.plugins.jdbc.JdbcAccessor'
    const source = 'JDBC_DRIVER=org.postgresql.Driver&DB_URL=jdbc:postgresql://h/d?a=b'
    // PXF takes the last question mark; what is before it is the resource.
    expect(parseLocation(`pxf://t?${classes}&${accessor}`)).toMatchObject({
      isJdbc: true,
      profile: undefined,
    })
    expect(parseLocation(`pxf://t?PROFILE=jdbc&${source}`)).toMatchObject({ profile: undefined })
    expect(parseLocation('pxf://t?PROFILE=jdbc&JDBC_DRIVER=x&DB_URL=y')).toMatchObject({ hasSource: true })
  })

  it('is somebody else’s, or empty', () => {
    expect(parseLocation('gpfdist://h/f?PROFILE=jdbc')).toBeUndefined()
    expect(parseLocation('pxf://t')).toMatchObject({ profile: undefined, server: undefined, isJdbc: false })
    expect(parseLocation('pxf://t?PROFILE=&SERVER')).toMatchObject({ profile: undefined, server: undefined })
  })
})
