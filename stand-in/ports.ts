/** The TCP ports of one stand-in. The segments take the two after the coordinator's. */
import { createServer } from 'node:net'

export interface Ports {
  readonly coordinator: number
  readonly pxf: number
  readonly health: number
}

/** Those of the real image; with 5432 the segments have 6000 and 6001, as there. */
export const standardPorts: Ports = { coordinator: 5432, pxf: 5888, health: 8008 }

/** Below the range from which the kernel gives ports to clients. */
const [lowest, highest] = [20_000, 32_000]
const needed = 5
const attempts = 100

/** Of so many processes that look for ports at the same time, one looks here. */
export interface Share {
  readonly index: number
  readonly of: number
}

/**
 * Five free neighbours, somewhere at random, so that several stand-ins run side by side. What is free may be about to
 * be taken: processes that know of each other look in a share of their own.
 */
export async function findFreePorts(share: Share = { index: 0, of: 1 }): Promise<Ports> {
  const width = Math.floor((highest - lowest) / share.of)
  const begin = lowest + (share.index % share.of) * width
  for (let attempt = 0; attempt < attempts; attempt++) {
    const first = begin + Math.floor(Math.random() * (width - needed))
    const all = Array.from({ length: needed }, (_, index) => first + index)
    if (await areFree(all)) return { coordinator: first, pxf: first + 3, health: first + 4 }
  }
  throw new Error(`cannot find ${needed} free ports between ${lowest} and ${highest}`)
}

/** Whether a stand-in with these ports could start now. */
export function areFree(ports: readonly number[]): Promise<boolean> {
  return Promise.all(ports.map(isFree)).then((answers) => answers.every(Boolean))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
