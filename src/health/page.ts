/** The page at `/`: one file of HTML, style and script, which asks for nothing but `/events` and `/history`. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Answer } from './http.ts'

/** Inserted by the bundler, from page.html. */
declare const GP_SUPERVISOR_PAGE: string | undefined

/** With the hashes of what is in it, and nothing that could become markup (`require-trusted-types-for`). */
export function createPage(): Answer {
  const html =
    typeof GP_SUPERVISOR_PAGE === 'string'
      ? GP_SUPERVISOR_PAGE
      : readFileSync(new URL('page.html', import.meta.url), 'utf8')
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(html, 'script')}`,
    `style-src ${hashOf(html, 'style')}`,
    // Its icon, which is in it.
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    text: html,
    headers: [`content-security-policy: ${policy.join('; ')}`, 'referrer-policy: no-referrer'],
  }
}

function hashOf(html: string, element: 'script' | 'style'): string {
  const content = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
