import { sweepLaterStart } from './term-later-start.ts'

sweepLaterStart('odd')
