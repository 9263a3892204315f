/**
 * The order of the test files: those that take minutes first, so that none of them is left alone at the end. vitest
 * knows it by itself from the second run on; a fresh clone has no run to know it from, and there it would go by size.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const takeMinutes =
  /\/(stop-sweep|safety|sql|faults|monitoring|term-first-start-\w+|term-later-start-\w+|kill|kill-sweep)\.test\.ts$/

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not that of an array
    const sorted = await super.sort(files)
    // Each project stays in one piece.
    const byProject = Map.groupBy(sorted, ({ project }) => project.name)
    return [...byProject.values()].flatMap((ofProject) => [
      ...ofProject.filter(({ moduleId }) => takeMinutes.test(moduleId)),
      ...ofProject.filter(({ moduleId }) => !takeMinutes.test(moduleId)),
    ])
  }
}
