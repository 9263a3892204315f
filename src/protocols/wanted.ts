/**
 * The functions that a library needs in a database, and the mark on objects that were created from a manifest. Pure.
 */
import type { Library } from './manifest.ts'

export interface WantedFunction {
  readonly name: string
  readonly arguments: '' | 'record'
  readonly result: 'integer' | 'void' | 'record' | 'bytea'
  readonly symbol: string
}

export function wantedFunctions({ protocol, formatters }: Library): WantedFunction[] {
  const transfer = [...new Set([protocol?.read, protocol?.write])].filter((name) => name !== undefined)
  return [
    ...transfer.map((name) => ({ name, arguments: '', result: 'integer', symbol: name }) as const),
    ...(protocol?.validate === undefined
      ? []
      : [{ name: protocol.validate, arguments: '', result: 'void', symbol: protocol.validate } as const]),
    ...formatters.map(({ name, symbol, direction }) =>
      direction === 'import'
        ? ({ name, arguments: '', result: 'record', symbol } as const)
        : ({ name, arguments: 'record', result: 'bytea', symbol } as const),
    ),
  ]
}

/** Marks objects as created by this program, so that they are recognized once the image no longer has them. */
export const markPrefix = 'made by gp-supervisor from '
export const markOf = (library: Library): string => `${markPrefix}${library.file}`
