/**
 * Interprets a line of the start script's output: its origin, level and message. Three formats share one pipe: the
 * script's own "INFO - …", the gp* tools, and anything else, which is passed on unchanged.
 */
import type { OutputRecord } from './csv-log.ts'
import type { Component, Level } from './record.ts'

const scriptLine = /^(DEBUG|INFO|WARN|WARNING|ERROR|FATAL) - (.*)$/
/** `20261121:07:10:11:001234 gpstart:gpdbsne:gpadmin-[INFO]:-message` */
const toolLine = /^\d{8}:[\d:]{8}:\d+ ([^\s:]+):([^:]*):([^-]*)-\[(\w+)\]:-?(.*)$/
const errorText = /(^|\s)(ERROR|FATAL|PANIC|CRITICAL):/

const levels: Readonly<Record<string, Level>> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'fatal',
}

export function classifyLine(line: string): OutputRecord {
  const script = scriptLine.exec(line)
  if (script) return spoken('gpdb', script[1], script[2] ?? '')
  const tool = toolLine.exec(line)
  if (tool) return spoken('gp-tool', tool[4], tool[5] ?? '', { tool: tool[1] })
  return { component: 'gpdb', level: errorText.test(line) ? 'error' : 'info', message: line, fields: {} }
}

function spoken(
  component: Component,
  word: string | undefined,
  message: string,
  fields: OutputRecord['fields'] = {},
): OutputRecord {
  return { component, level: levels[word ?? ''] ?? 'info', message, fields }
}
