import { expect, it } from 'vitest'
import { connectionUri } from './connection-uri.ts'

const connection = {
  host: 'localhost',
  port: 32768,
  database: 'gp_dwh',
  username: 'gpadmin',
  password: 'test',
}

it('has login, address and database', () => {
  expect(connectionUri(connection)).toBe('postgres://gpadmin:test@localhost:32768/gp_dwh')
})

it('escapes what would end a part', () => {
  const uri = connectionUri({ ...connection, password: 'p@ss:w/rd %?#', database: 'a/b' })
  expect(uri).toBe('postgres://gpadmin:p%40ss%3Aw%2Frd%20%25%3F%23@localhost:32768/a%2Fb')
  expect(decodeURIComponent(new URL(uri).password)).toBe('p@ss:w/rd %?#')
})

it('has an IPv6 address in brackets', () => {
  expect(connectionUri({ ...connection, host: '::1' })).toBe('postgres://gpadmin:test@[::1]:32768/gp_dwh')
})
