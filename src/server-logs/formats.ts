/** The formats of the logs that are followed, with the choice of records. */
import type { Config } from '../config/config.ts'
import { parseCsvRecord } from '../logging/csv-log.ts'
import { splitEvery, splitSelected } from './csv-splitter.ts'
import type { Format } from './follower.ts'
import { parseJavaRecord, splitJavaLog, splitJavaWarnings } from './java-log.ts'

type Choice = Config['log']['database']

/** Every file of a server that ends so is one of its log; the time in its name puts them in order. */
export const csvFormat = (choice: Choice): Format => ({
  component: 'gpdb',
  isLog: (name) => name.endsWith('.csv'),
  split: choice === 'all' ? splitEvery : splitSelected,
  parse: parseCsvRecord,
})

/** PXF renames and compresses older ones. */
export const javaFormat = (choice: Choice): Format => ({
  component: 'pxf',
  isLog: (name) => name === 'pxf-service.log',
  split: choice === 'all' ? splitJavaLog : splitJavaWarnings,
  parse: parseJavaRecord,
})
