/**
 * Stands in for the PXF server: the actuator endpoints that `pxf` and a supervisor use, and of `/pxf/read` what is said
 * before a row could come (read.ts); up after a while.
 * STANDIN_PXF_UP_AFTER_S (scaled by STANDIN_TIME_SCALE) is how long it takes to come up;
 * STANDIN_PXF_DIES_AFTER_MS (not scaled) ends it before that with what a JVM leaves in pxf-app.out.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import process, { env, exit, pid, stdout, uptime } from 'node:process'
import { prometheusText } from './prometheus.ts'
import { errorOfRead, knobs } from './read.ts'

const port = Number(env['PXF_PORT'] ?? 5888)
const scale = Number(env['STANDIN_TIME_SCALE'] ?? 1)
const upAfterMs = Number(env['STANDIN_PXF_UP_AFTER_S'] ?? 4) * 1000 * scale

const say = (text: string): boolean => stdout.write(`${new Date().toISOString()} ${text}\n`)

function log(text: string): void {
  appendFileSync(
    `${env['PXF_LOGDIR'] ?? '.'}/pxf-service.log`,
    `${new Date().toISOString().replace('T', ' ').replace('Z', ' UTC')}  INFO [:   ] ${pid} --- [main     ] o.g.p.s.PxfServiceApplication            : ${text}\n`,
  )
}

const answers: Readonly<Record<string, object>> = {
  'GET /actuator/health': { status: 'UP', groups: ['liveness', 'readiness'] },
  'GET /actuator/health/liveness': { status: 'UP' },
  'GET /actuator/health/readiness': { status: 'UP' },
  'GET /actuator/info': { build: { name: 'pxf-service', version: '6.10.1', artifact: 'stand-in' } },
  'POST /actuator/shutdown': { message: 'Shutting down, bye...' },
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET' && request.url === '/pxf/read') return void answerRead(request, response)
  if (request.method === 'GET' && request.url === '/actuator/prometheus') return answerPrometheus(response)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const found = answers[`${method} ${request.url}`]
  response.writeHead(found === undefined ? 404 : 200, {
    Server: 'PXF Server',
    'Content-Type': 'application/json',
    Connection: 'close',
  })
  response.end(request.method === 'HEAD' ? '' : JSON.stringify(found ?? { status: 404, error: 'Not Found' }))
  if (found !== undefined && request.url === '/actuator/shutdown') shutDown()
}

function answerPrometheus(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4;charset=utf-8', Connection: 'close' })
  response.end(prometheusText(knobs(), uptime()))
}

async function answerRead(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const message = await errorOfRead(request.headers)
  if (message === undefined) return
  response.writeHead(500, {
    Server: 'PXF Server',
    'Content-Type': 'application/json',
    Connection: 'close',
  })
  response.end(
    JSON.stringify({
      timestamp: new Date().toISOString(),
      status: 500,
      error: 'Internal Server Error',
      message,
      path: '/pxf/read',
      hint: `Check the PXF logs located in the '${env['PXF_LOGDIR']}' directory on host 'localhost' or 'set client_min_messages=LOG' for additional details.`,
    }),
  )
}

function shutDown(): void {
  log('Shutting down')
  server.close()
  setTimeout(() => exit(0), 300 * scale)
}

function failToStart(reason: string): void {
  say('***************************')
  say('APPLICATION FAILED TO START')
  say('***************************')
  say(`Description: ${reason}`)
  exit(1)
}

const server = createServer(answer)
server.on('error', (error) => failToStart(`Web server failed to start. ${error.message}`))

say(`Starting PxfServiceApplication (stand-in) with PID ${pid}`)
if (env['STANDIN_PXF_DIES_AFTER_MS']) {
  setTimeout(
    () => failToStart('told to die by STANDIN_PXF_DIES_AFTER_MS'),
    Number(env['STANDIN_PXF_DIES_AFTER_MS']),
  )
} else {
  setTimeout(() => {
    server.listen(port, '127.0.0.1', () => {
      say(`Started PxfServiceApplication, listening on port ${port}`)
      log(`listening on port ${port}`)
    })
  }, upAfterMs)
}
process.on('SIGTERM', () => exit(143))
