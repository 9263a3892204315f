/**
 * Sends one request to the running PXF, as a Greenplum segment does (PXF 6, external-table/src/pxfheaders.c and
 * libchurl.c). PXF thus uses the same driver, site file and network as for real queries. No credentials are sent,
 * because PXF reads them from its site file.
 */
import { get } from 'node:http'
import { reasonOf } from '../errors.ts'
import { seconds } from '../time.ts'

export type PxfAnswer =
  /** The query succeeds. */
  | { readonly kind: 'rows' }
  /** With an error from PXF, the driver or the source. */
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'silence'; readonly reason: string }

export interface PxfService {
  readonly port: number
  /** The user of the request; a server may have a site file for each user. */
  readonly user: string
}

export interface PxfQuestion {
  /** The part of LOCATION before the question mark. */
  readonly resource: string
  /** PROFILE, SERVER and others. */
  readonly options: Readonly<Record<string, string>>
  /** If undefined, PXF rejects the request after it has looked up the profile, before it accesses any source. */
  readonly format: 'GPDBWritable' | undefined
  readonly timeoutMs: number
}

/** The version of PXF 6.10. Another PXF reports its own in an error. */
const apiVersion = '16'
const otherVersion = /API version mismatch; server implements v(\S+) and client/
/** Limit for an error response, which may contain a stack trace. */
const mostBytes = 64 * 1024

export async function askPxf(service: PxfService, question: PxfQuestion): Promise<PxfAnswer> {
  const answer = await send(service, question, apiVersion)
  const version = answer.kind === 'error' ? otherVersion.exec(answer.message)?.[1] : undefined
  return version === undefined ? answer : send(service, question, version)
}

function send(service: PxfService, question: PxfQuestion, version: string): Promise<PxfAnswer> {
  return new Promise((resolve) => {
    const request = get({
      host: '127.0.0.1',
      port: service.port,
      path: '/pxf/read',
      agent: false,
      headers: headersOf(service, question, version),
    })
    const limit = setTimeout(() => {
      done({ kind: 'silence', reason: `no response within ${seconds(question.timeoutMs)}` })
    }, question.timeoutMs)
    const done = (answer: PxfAnswer) => {
      clearTimeout(limit)
      request.destroy()
      resolve(answer)
    }
    request.on('error', (error) => done({ kind: 'silence', reason: reasonOf(error) }))
    request.on('response', (response) => {
      if (response.statusCode === 200) return done({ kind: 'rows' })
      let body = ''
      const finish = () =>
        done({ kind: 'error', message: messageIn(body) || `HTTP status ${response.statusCode}` })
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > mostBytes) finish()
      })
      response.on('end', finish)
      response.on('error', finish)
    })
  })
}

/** The first line of `message`, as Greenplum shows it. */
function messageIn(body: string): string {
  try {
    const { message, error } = JSON.parse(body) as { message?: unknown; error?: unknown }
    const words = typeof message === 'string' && message !== '' ? message : error
    return typeof words === 'string' ? (words.split('\n')[0] ?? '') : ''
  } catch {
    return ''
  }
}

function headersOf(
  { port, user }: PxfService,
  { resource, options, format }: PxfQuestion,
  version: string,
): Record<string, string> {
  const given = Object.entries(options).map(([name, value]) => [`OPTIONS-${name}`, value] as const)
  const query = Object.entries(options).map(([name, value]) => `${name}=${value}`)
  const headers: Readonly<Record<string, string>> = {
    USER: user,
    'SEGMENT-ID': '0',
    'SEGMENT-COUNT': '1',
    XID: `gp-supervisor-${Date.now()}`,
    'PXF-API-VERSION': version,
    'SESSION-ID': '0',
    'COMMAND-COUNT': '0',
    // PXF keeps the value for all requests; it is 8 on every 64-bit server.
    ALIGNMENT: '8',
    'URL-HOST': 'localhost',
    'URL-PORT': String(port),
    'DATA-DIR': resource,
    'TABLE-NAME': resource,
    'SCHEMA-NAME': 'public',
    'DATA-ENCODING': 'UTF8',
    'DATABASE-ENCODING': 'UTF8',
    URI: `pxf://${resource}?${query.join('&')}`,
    'HAS-FILTER': '0',
    ATTRS: '1',
    'ATTR-NAME0': 'c',
    'ATTR-TYPECODE0': '23',
    'ATTR-TYPENAME0': 'int4',
    ...(format === undefined ? {} : { FORMAT: format }),
    ...Object.fromEntries(given),
  }
  const encoded = Object.entries(headers).map(([name, value]) => [`X-GP-${name}`, encodeURIComponent(value)])
  return {
    ...(Object.fromEntries(encoded) as Record<string, string>),
    'X-GP-ENCODED-HEADER-VALUES': 'true',
    Connection: 'close',
  }
}
