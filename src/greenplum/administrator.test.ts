import { expect, it } from 'vitest'
import { parseAccounts } from './administrator.ts'

it('accounts are read from /etc/passwd', () => {
  expect(
    parseAccounts(
      'root:x:0:0:root:/root:/bin/bash\n\n# broken\ngpadmin:x:1001:1001::/home/gpadmin:/bin/bash\n',
    ),
  ).toEqual([
    { name: 'root', uid: 0, gid: 0, home: '/root' },
    { name: 'gpadmin', uid: 1001, gid: 1001, home: '/home/gpadmin' },
  ])
})
