import { sweepFirstStart } from './term-first-start.ts'

sweepFirstStart('even')
