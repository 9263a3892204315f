import { describe, expect, it } from 'vitest'
import { isOwnName } from './host.ts'

describe('the run is shown', () => {
  it.each([
    '',
    'localhost:8008',
    '127.0.0.1:8008',
    '192.168.1.7',
    '[::1]:8008',
    '[fe80::1]',
    'greenplum:8008',
    'GPDBSNE',
    'page.localhost:8008',
    'gp.default.svc:8008',
    'gp.default.svc.cluster.local',
    'gp.internal.',
  ])('under %j', (host) => expect(isOwnName(host)).toBe(true))

  it.each([
    'evil.example.com:8008',
    'EVIL.COM',
    'evil.com.',
    'localhost.evil.com',
    '127.0.0.1.evil.com',
    '127.0.0.1.nip.io:8008',
    'evil.com:8008:8008',
    'evil.com:localhost',
    'evil.com/localhost',
  ])('not under %j', (host) => expect(isOwnName(host)).toBe(false))
})
