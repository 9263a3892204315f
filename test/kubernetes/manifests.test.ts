/**
 * The manifests for Kubernetes: by the schemas of its API, by what the program needs, and as kustomize renders them. What
 * only a real cluster can show is said in docs/how-to/run-in-kubernetes.md.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { documentsIn, faultsOf, folderOf, read } from './manifests.ts'
import { unknownFields } from './unknown-fields.ts'

const forms = ['single', 'cluster'] as const
const text = (form: (typeof forms)[number]) =>
  read(form)
    .map((document) => JSON.stringify(document))
    .join('\n---\n')

it.each(forms)('%s has no fault', (form) => {
  expect(faultsOf(read(form))).toEqual([])
})

it('no field is misspelt', () => {
  expect(unknownFields(forms.flatMap(read))).toBe('')
  const changed = text('single').replace('"periodSeconds":2', '"periodSecond":2')
  expect(unknownFields(documentsIn(changed))).toContain(`'"periodSecond"' does not exist in type 'IProbe'`)
})

/** Negative controls: each changes one thing. */
describe.each<[(typeof forms)[number], string, string, string]>([
  ['single', '"replicas":1', '"replicas":"one"', 'StatefulSet'],
  ['single', '/readyz', '/ready', 'a probe asks elsewhere'],
  ['single', '"port":"health"', '"port":"helth"', 'a probe asks elsewhere'],
  ['single', '"containerPort":8008', '"containerPort":8080', 'the port of the probes is another'],
  ['single', '"terminationGracePeriodSeconds":120', '"terminationGracePeriodSeconds":30', 'killed before'],
  ['single', 'GREENPLUM_PASSWORD_FILE', 'GREENPLUM_PASSWORD', 'it has a password in it'],
  ['single', 'PG_HBA_SAMEHOST', 'PG_HBA_SAMEHSOT', 'PG_HBA_SAMEHSOT is no variable of the image'],
  ['single', '"name":"shm","mountPath"', '"name":"shm2","mountPath"', 'there is no volume shm2'],
  ['single', '"enableServiceLinks":false', '"enableServiceLinks":true', 'enableServiceLinks'],
  ['single', '"clusterIP":"None",', '', 'the service greenplum-pods is not headless'],
  [
    'cluster',
    '"publishNotReadyAddresses":true',
    '"publishNotReadyAddresses":false',
    'not ready have no name',
  ],
  ['cluster', '"replicas":2', '"replicas":3', 'it does not name all segment hosts'],
  ['cluster', 'standby-0.hosts', 'spare-0.hosts', 'it does not name both coordinators'],
  ['cluster', '"setHostnameAsFQDN":true,', '', 'its host name is not the one'],
  [
    'cluster',
    '"CLUSTER_SEGMENTS","value":"2"',
    '"CLUSTER_SEGMENTS","value":"4"',
    'do not agree on the segments',
  ],
  ['cluster', '"defaultMode":256', '"defaultMode":292', 'others could read the private keys'],
  ['cluster', '/run/cluster-keys/ssh', '/run/cluster-keys', 'the keys are not in /run/cluster-keys/ssh'],
  ['cluster', '"secretName":"greenplum-keys"', '"secretName":"keys"', 'the keys are not in'],
  ['cluster', '"name":"NAMESPACE"', '"name":"TZ"', '$(NAMESPACE) is replaced only after it was set'],
  ['cluster', '"podManagementPolicy":"Parallel",', '', 'its pods wait for each other'],
  ['cluster', '"host":"coordinator"}', '"host":"master"}', 'greenplum: it leads to no pod'],
  ['cluster', '"role":"segment"}}}', '"role":"segments"}}}', 'segment: it protects no pod'],
  ['single', '"targetPort":"sql"', '"targetPort":"psql"', 'its pods have no port psql'],
  ['single', '/run/secrets/greenplum/password', '/run/secrets/password', 'its password is not in a secret'],
  ['single', '"mountPath":"/dev/shm"', '"mountPath":"/dev/shn"', 'large queries outgrow /dev/shm'],
  [
    'single',
    '"enableServiceLinks":false',
    '"enableServiceLinks":false,"securityContext":{"fsGroup":1001}',
    'securityContext',
  ],
  [
    'single',
    '"enableServiceLinks":false',
    '"enableServiceLinks":false,"shareProcessNamespace":true',
    'shareProcessNamespace',
  ],
])('%s with %s as %s', (form, from, to, fault) => {
  it(`is refused: ${fault}`, () => {
    const changed = text(form).replace(from, to)
    expect(changed).not.toBe(text(form))
    expect(faultsOf(documentsIn(changed)).join('\n')).toContain(fault)
  })
})

const kubectl = spawnSync('kubectl', ['kustomize', '--help']).status === 0

it.skipIf(!kubectl).each(forms)('%s is rendered by kustomize with the image that it names', (form) => {
  const { status, stderr, stdout } = spawnSync('kubectl', ['kustomize', folderOf(form)], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  const rendered = documentsIn(stdout)
  expect(faultsOf(rendered)).toEqual([])
  expect(rendered).toHaveLength(read(form).length)
  expect(stdout).toContain('image: registry.example.org/my-greenplum:1')
  expect(stdout).not.toContain('image: gp-supervisor/greenplum')
})
