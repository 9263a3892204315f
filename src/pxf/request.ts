/**
 * One question to the running PXF, as a segment of Greenplum asks it (PXF 6, external-table/src/pxfheaders.c and
 * libchurl.c): PXF has the driver, the site file and the network of the real queries. No credential is ever sent; PXF
 * takes them from its site file.
 */
import { get } from 'node:http'
import { reasonOf } from '../errors.ts'
import { seconds } from '../time.ts'

export type PxfAnswer =
  /** The query runs. */
  | { readonly kind: 'rows' }
  /** In the words of PXF, which may be those of the driver or of the source. */
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'silence'; readonly reason: string }

export interface PxfService {
  readonly port: number
  /** As whom PXF is asked; a server may have a site file for each user. */
  readonly user: string
}

export interface PxfQuestion {
  /** What stands before the question mark of LOCATION. */
  readonly resource: string
  /** PROFILE, SERVER and the like. */
  readonly options: Readonly<Record<string, string>>
  /** undefined: PXF refuses the request once it has looked at the profile, before it touches any source. */
  readonly format: 'GPDBWritable' | undefined
  readonly timeoutMs: number
}

/** Of PXF 6.10; another PXF says which one is its own. */
const apiVersion = '16'
const otherVersion = /API version mismatch; server implements v(\S+) and client/
/** Of an error; a stack trace may follow. */
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
      done({ kind: 'silence', reason: `no answer within ${seconds(question.timeoutMs)}` })
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

/** As Greenplum shows it: the first line of `message`. */
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
    // PXF keeps it for all requests: that of every server of 64 bits.
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
