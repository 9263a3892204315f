import { describe, expect, it } from 'vitest'
import { seedPxfServer } from './pxf-server.ts'

const server = { jdbcUrl: 'jdbc:postgresql://db:5432/sales?a=1&b=2', user: 'etl', password: '<secret>' }

it('is a site file with placeholders, and the values for them', () => {
  expect(seedPxfServer('src', server, 1)).toEqual({
    path: 'servers/src/jdbc-site.xml',
    siteFile: `<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <property><name>jdbc.driver</name><value>\${env:TESTCONTAINERS_PXF_1_DRIVER}</value></property>
  <property><name>jdbc.url</name><value>\${env:TESTCONTAINERS_PXF_1_URL}</value></property>
  <property><name>jdbc.user</name><value>\${env:TESTCONTAINERS_PXF_1_USER}</value></property>
  <property><name>jdbc.password</name><value>\${env:TESTCONTAINERS_PXF_1_PASSWORD}</value></property>
</configuration>
`,
    environment: {
      TESTCONTAINERS_PXF_1_DRIVER: 'org.postgresql.Driver',
      TESTCONTAINERS_PXF_1_URL: 'jdbc:postgresql://db:5432/sales?a=1&b=2',
      TESTCONTAINERS_PXF_1_USER: 'etl',
      TESTCONTAINERS_PXF_1_PASSWORD: '<secret>',
    },
  })
})

it('takes another driver', () => {
  const mysql = { ...server, jdbcUrl: 'jdbc:mysql://db/sales', driver: 'com.mysql.cj.jdbc.Driver' }
  expect(seedPxfServer('src', mysql, 2).environment['TESTCONTAINERS_PXF_2_DRIVER']).toBe(
    'com.mysql.cj.jdbc.Driver',
  )
})

describe('is refused, without the password in the error', () => {
  it.each([
    [
      'Src',
      server,
      'cannot add the PXF server "Src": a name has lower-case letters, digits, "-" and "_", and begins with a letter or a digit',
    ],
    ['../src', server, 'cannot add the PXF server "../src": a name has lower-case letters'],
    [
      'src',
      { ...server, jdbcUrl: 'postgresql://db/sales' },
      'cannot add the PXF server "src": jdbcUrl does not begin with "jdbc:"',
    ],
    [
      'src',
      { ...server, jdbcUrl: 'jdbc:mysql://db/sales' },
      'cannot add the PXF server "src": only the driver of a PostgreSQL URL is known; set driver, the class of the JDBC driver',
    ],
  ])('%s %o', (name, given, message) => {
    expect(() => seedPxfServer(name, given, 1)).toThrow(message)
    expect(() => seedPxfServer(name, given, 1)).not.toThrow('<secret>')
  })
})
