import { adviceFor } from './advice.ts'

/** As in the demo environment. */
export const composeAdvice = adviceFor({ kind: 'compose', container: 'greenplum' })
