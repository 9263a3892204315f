/** docker-compose.cluster.yml: its hosts know each other by the names that they have. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { usualVariables } from '../../src/config/schema.ts'

const host = z.looseObject({
  hostname: z.string().optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
  depends_on: z.array(z.string()).optional(),
})
const file = z.looseObject({ services: z.record(z.string(), z.looseObject({})), volumes: z.looseObject({}) })

const text = readFileSync(join(import.meta.dirname, '../../docker-compose.cluster.yml'), 'utf8')

function faultsOf(content: string): string[] {
  const { services, volumes } = file.parse(parse(content, { merge: true }))
  const hosts = Object.entries(services).flatMap(([name, service]) =>
    name === 'bookings-db' ? [] : [[name, host.parse(service)] as const],
  )
  const named = (service: z.infer<typeof host>, variable: string) =>
    (service.environment[variable] ?? '').split(',')
  const known = new Set(usualVariables.map(([name]) => name))
  const segments = hosts
    .filter(([, { environment }]) => environment['GREENPLUM_DEPLOYMENT'] === 'segment')
    .map(([name]) => name)
  const coordinators = hosts.map(([name]) => name).filter((name) => !segments.includes(name))
  return hosts.flatMap(([name, service]) => {
    const faults: [boolean, string][] = [
      [service.hostname === name, 'its host name is not its name'],
      [
        named(service, 'CLUSTER_SEGMENT_HOSTS').join() === segments.join(),
        'it does not name all segment hosts',
      ],
      [
        named(service, 'CLUSTER_COORDINATOR_HOSTS').join() === coordinators.join(),
        'it does not name both coordinators',
      ],
      [service.stop_grace_period === '2m', 'it has too little time for its stop'],
      [service.volumes.includes('keys:/run/cluster-keys'), 'it has not the keys'],
      [
        service.volumes.includes(`${name}_data:/data`) && `${name}_data` in volumes,
        'its data is not on its volume',
      ],
      [
        name !== 'coordinator' || service.depends_on?.join() === segments.join(),
        'a stop does not reach the coordinator first',
      ],
    ]
    return [
      ...faults.filter(([isRight]) => !isRight).map(([, fault]) => `${name}: ${fault}`),
      ...Object.keys(service.environment)
        .filter((variable) => !known.has(variable) && !/^(TZ|BOOKINGS_DB_.*)$/.test(variable))
        .map((variable) => `${name}: ${variable} is no variable of the image`),
    ]
  })
}

it('has no fault', () => {
  expect(faultsOf(text)).toEqual([])
})

it.each([
  ['hostname: segment2', 'hostname: segment3', 'segment2: its host name is not its name'],
  [
    'CLUSTER_SEGMENT_HOSTS: segment1,segment2',
    'CLUSTER_SEGMENT_HOSTS: segment1',
    'it does not name all segment hosts',
  ],
  [
    'CLUSTER_COORDINATOR_HOSTS: coordinator,standby',
    'CLUSTER_COORDINATOR_HOSTS: coordinator,spare',
    'both coordinators',
  ],
  ['stop_grace_period: 2m', 'stop_grace_period: 10s', 'too little time'],
  ['- segment2_data:/data', '- segment1_data:/data', 'segment2: its data is not on its volume'],
  ['depends_on: [segment1, segment2]', 'depends_on: []', 'a stop does not reach the coordinator first'],
  ['CLUSTER_STANDBY:', 'CLUSTER_STANBY:', 'coordinator: CLUSTER_STANBY is no variable of the image'],
])('is refused with %s as %s (negative control)', (from, to, fault) => {
  expect(text).toContain(from)
  expect(faultsOf(text.replace(from, to)).join('\n')).toContain(fault)
})
