import { describe, expect, it } from 'vitest'
import { withoutUrlPasswords } from './mask.ts'

describe('a password in a URL', () => {
  it.each([
    ['jdbc:postgre://db/demo?user=u&password=hunter2', 'jdbc:postgre://db/demo?user=u&password=***'],
    ['jdbc:x://db/demo?PASSWORD=hunter2&ssl=true is bad', 'jdbc:x://db/demo?PASSWORD=***&ssl=true is bad'],
    ['jdbc:sqlserver://db;pwd=hunter2;user=u', 'jdbc:sqlserver://db;pwd=***;user=u'],
    ['sslpassword=a&pass=b', 'sslpassword=***&pass=***'],
    ['the password of a user', 'the password of a user'],
  ])('is taken out: %s', (text, expected) => {
    expect(withoutUrlPasswords(text)).toBe(expected)
  })
})
