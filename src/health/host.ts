/**
 * Under which names the run is shown. A page of a stranger can point a name of its own at this machine after the browser
 * has loaded it (DNS rebinding); the browser then lets it read what answers here. It cannot do so with an address, nor
 * with a name that only this network knows. Pure.
 */

/** Top-level names that nobody can register: RFC 6761 and 6762, ICANN's `internal`, and those that networks use. */
const ownDomains: readonly string[] = ['localhost', 'local', 'internal', 'svc', 'test', 'lan', 'home', 'corp']

const port = /:\d*$/
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

/** @param host the header, with or without a port; empty for clients that send none, which no browser does */
export function isOwnName(host: string): boolean {
  if (host.startsWith('[')) return true
  const name = host.replace(port, '').replace(/\.$/, '').toLowerCase()
  const domain = name.slice(name.lastIndexOf('.') + 1)
  return !name.includes('.') || ipv4.test(name) || ownDomains.includes(domain)
}
